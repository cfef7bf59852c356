// The way from the vSphere Client's proxy to a plug-in's server: over TLS only the one certificate counts that the extension's record names.
import { request as plain } from 'node:http';
import { Agent, request as secure } from 'node:https';
import { connect } from 'node:tls';

/** url: the server's. thumbprint: the SHA-256 of its certificate in hexadecimal with colons; for https only. */
export function backendAt(url, thumbprint) {
    const target = new URL(url);
    const options = { host: target.hostname, port: target.port };
    if (target.protocol === 'https:') options.agent = new Agent({ keepAlive: true });
    if (options.agent) options.agent.createConnection = (wanted, done) => pinned(wanted, thumbprint, done);
    const ask = (path, method, headers, answered) =>
        (options.agent ? secure : plain)({ ...options, path, method, headers }, answered);
    return { target, ask, close: () => options.agent?.destroy() };
}

function pinned(wanted, thumbprint, done) {
    const socket = connect({ ...wanted, rejectUnauthorized: false });
    socket.once('error', done);
    socket.once('secureConnect', () => {
        const shown = socket.getPeerCertificate().fingerprint256;
        socket.off('error', done);
        if (shown === thumbprint) return done(null, socket);
        socket.destroy();
        done(new Error(`the plug-in's server shows the certificate ${shown}, the record names ${thumbprint}`));
    });
}

/** A GET with its whole answer as JSON. */
export const jsonOf = (backend, path) =>
    new Promise((resolve, reject) => {
        const asked = backend.ask(path, 'GET', {}, async (answer) => {
            let text = '';
            for await (const part of answer) text += part;
            if (answer.statusCode === 200) resolve(JSON.parse(text));
            else reject(new Error(`${path}: ${answer.statusCode}: ${text}`));
        });
        asked.on('error', reject);
        asked.end();
    });
