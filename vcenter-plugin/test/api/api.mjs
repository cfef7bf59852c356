// A small in-memory appliance: serves target/ui and answers by the contract. It announces itself in every version it tells.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demand, operationOf, schemaOf } from './contract.mjs';
import { answers } from './answers.mjs';

const target = fileURLToPath(new URL('../../target/', import.meta.url));
const types = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.json': 'application/json',
};
export const CSP =
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;" +
    " connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'";

export async function startApi(state) {
    state.breaches = [];
    state.seen = [];
    const server = createServer((request, response) => {
        answer(state, request, response).catch((error) => {
            state.breaches.push(error.message);
            response.writeHead(500).end();
        });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: server.address().port, close: () => (server.closeAllConnections(), server.close()) };
}

async function answer(state, request, response) {
    const url = new URL(request.url, 'http://appliance');
    if (!url.pathname.startsWith('/v1/')) return file(url.pathname, response);
    if (state.down) return response.destroy();
    const found = operationOf(request.method, url.pathname);
    if (!found) throw new Error(`the contract has no ${request.method} ${url.pathname}`);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const body = text ? JSON.parse(text) : undefined;
    const { operation, values } = found;
    if (body !== undefined || operation.requestBody?.required) {
        demand(`request of ${operation.operationId}`, schemaOf(operation.requestBody), body);
    }
    state.seen.push({ id: operation.operationId, headers: request.headers, body, values });
    const [status, reply] = await judged(state, request, operation, { body, values, query: url.searchParams });
    const schema = status < 300 ? schemaOf(operation.responses[status]) : { $ref: '#/components/schemas/Error' };
    if (status < 300 && !operation.responses[status])
        throw new Error(`${operation.operationId} never answers ${status}`);
    demand(`answer of ${operation.operationId}`, schema, reply);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
}

async function judged(state, request, operation, call) {
    const known = privilegesOf(state, request);
    // vCenter grants on the object of the call, or on the root folder where there is none.
    const privileges = known && operation['x-object'] && state.ofObject ? state.ofObject : known;
    const wanted = operation['x-privilege'];
    if (wanted && privileges === undefined) return refuse(401, 'not_signed_in', 'Nobody is signed in.');
    if (wanted && !privileges.includes(wanted)) return refuse(403, 'not_permitted', `It needs ${wanted}.`);
    while (state.hold === operation.operationId) await new Promise((resolve) => setTimeout(resolve, 20));
    if (state.broken?.includes(operation.operationId)) return refuse(503, 'broken', 'The store does not answer.');
    if (state.slow) await new Promise((resolve) => setTimeout(resolve, state.slow));
    return answers[operation.operationId](state, call, privileges);
}

export const refuse = (status, code, text) => [status, { error: { code, text } }];

function privilegesOf(state, request) {
    const token = request.headers['vmware-api-session-id'];
    if (token)
        return token === state.token && request.headers['penstock-vcenter']?.split(',').includes(state.vcenterId)
            ? state.privileges
            : undefined;
    return state.signedIn ? state.privileges : undefined;
}

async function file(path, response) {
    try {
        const name = normalize(path === '/ui/' ? '/ui/index.html' : path);
        const content = await readFile(join(target, name));
        response
            .writeHead(200, { 'content-type': types[extname(name)] ?? 'text/plain', 'content-security-policy': CSP })
            .end(content);
    } catch {
        response.writeHead(404).end();
    }
}
