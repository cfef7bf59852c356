// Emulates the vSphere Client around a plug-in: shell, reverse proxy, and the script that bridges them. Any back end will do.
import { createServer } from 'node:http';
import { backendAt, jsonOf } from './backend.mjs';

/** backend: URL of the plug-in's server; thumbprint: of its certificate, where that is https. silent: the script's callbacks never come. cutMilliseconds: after so long the proxy answers 408, as the real one does. */
export async function startHost({
    backend: url,
    thumbprint,
    key = 'io.penstock.vsphere',
    version = '0.1.0',
    token,
    vcenter,
    cutMilliseconds = 120_000,
    silent = false,
}) {
    const backend = backendAt(url, thumbprint);
    const prefix = `/plugins/${key}~${version}/${backend.target.hostname}-${backend.target.port}`;
    const manifest = await jsonOf(backend, '/plugin.json');
    const state = { token, theme: 'light', vcenter, cuts: 0 };
    const listen = async (handler) => {
        const server = createServer(handler);
        await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
        return server;
    };
    const frame = await listen((incoming, outgoing) => {
        if (incoming.url === '/api/ui/htmlClientSdk.js')
            return send(outgoing, 'text/javascript', silent ? SILENT : sdk(prefix));
        if (incoming.url.startsWith(prefix + '/')) return forward(incoming, outgoing);
        outgoing.writeHead(404).end();
    });
    // The shell has another origin than the frame: a page that reaches for window.parent's insides fails here.
    const shell = await listen((incoming, outgoing) => {
        if (incoming.url === '/shell.js') return send(outgoing, 'text/javascript', shellScript);
        if (incoming.url.startsWith('/dynamic' + prefix)) {
            incoming.url = incoming.url.slice('/dynamic'.length);
            return forward(incoming, outgoing);
        }
        send(outgoing, 'text/html', page());
    });
    const frameOrigin = `http://localhost:${frame.address().port}`;

    function forward(incoming, outgoing) {
        const path = incoming.url.slice(prefix.length);
        const onward = backend.ask(path, incoming.method, incoming.headers, (answer) => {
            clearTimeout(timer);
            outgoing.writeHead(answer.statusCode, answer.headers);
            answer.pipe(outgoing);
        });
        const timer = setTimeout(() => {
            state.cuts++;
            onward.destroy();
            if (!outgoing.headersSent) outgoing.writeHead(408).end();
        }, cutMilliseconds);
        // A question whose asker is gone is not waited for, and its timer does not outlive it.
        outgoing.on('close', () => (clearTimeout(timer), onward.destroy()));
        onward.on('error', () => outgoing.headersSent || outgoing.writeHead(503).end());
        incoming.pipe(onward);
    }

    function page() {
        const setting = JSON.stringify({ frameOrigin, prefix, manifest, ...state });
        return `<!doctype html><html lang="en"><title>vSphere Client (emulated)</title><body data-setting='${setting.replaceAll("'", '&#39;')}'><script src="/shell.js"></script></body></html>`;
    }

    return {
        url: `http://127.0.0.1:${shell.address().port}/`,
        prefix,
        frameOrigin,
        manifest,
        state,
        close: () => {
            backend.close();
            [frame, shell].forEach((server) => (server.closeAllConnections(), server.close()));
        },
    };
}

const SILENT = 'window.htmlClientSdk = { initialize: () => undefined };';

const send = (response, type, text) => response.writeHead(200, { 'content-type': type }).end(text);

const shellScript = `
const setting = JSON.parse(document.body.dataset.setting);
document.body.style.cssText = 'margin:0;font:14px sans-serif;height:100vh;display:flex;flex-direction:column';
let theme = setting.theme, token = setting.token, frame, modal;
const bar = document.createElement('div');
bar.textContent = 'vSphere Client (emulated)';
bar.style.cssText = 'background:#1b2a32;color:#fff;padding:8px 16px';
document.body.append(bar);
const frames = new Map();
function open(uri, objects, style) {
  const made = document.createElement('iframe');
  made.title = 'Penstock';
  made.src = setting.frameOrigin + setting.prefix + '/' + uri;
  made.style.cssText = style;
  document.body.append(made);
  frames.set(made, objects);
  return made;
}
window.emulated = {
  global() { frame?.remove(); frame = open(setting.manifest.global.view.uri, [], 'flex:1;border:0'); },
  card(type, id) { frame?.remove(); frame = open(setting.manifest.objects[type].summary.view.uri, [{ id }], 'width:480px;height:320px;border:1px solid #888;margin:16px'); },
  // As the vSphere Client does it: the back end says which actions to show, asked through the proxy by the session token.
  async menu(type, id) {
    const { actions, dynamicUri } = setting.manifest.objects[type].menu;
    const answer = await fetch('/dynamic' + setting.prefix + '/' + dynamicUri, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'vmware-api-session-id': token },
      body: JSON.stringify({ objectIds: [id] }),
    });
    const shown = new Map((await answer.json()).items.map((each) => [each.id, each.visible]));
    return actions.map((each) => each.id).filter((each) => shown.get(each));
  },
  choose(type, action, id) {
    const found = setting.manifest.objects[type].menu.actions.find((each) => each.id === action);
    const { width, height } = found.trigger.size;
    modal = open(found.trigger.uri, [{ id }], 'position:fixed;top:80px;left:200px;border:2px solid #888;width:' + width + 'px;height:' + height + 'px');
  },
  theme(name) { theme = name; for (const each of frames.keys()) each.contentWindow?.postMessage({ event: 'theme', name }, setting.frameOrigin); },
  refresh() { for (const each of frames.keys()) each.contentWindow?.postMessage({ event: 'refresh' }, setting.frameOrigin); },
  token(value) { token = value; },
  modalOpen() { return modal?.isConnected ?? false; },
  closeModal() { modal?.remove(); },
};
addEventListener('message', (message) => {
  if (message.origin !== setting.frameOrigin) return;
  const from = [...frames.keys()].find((each) => each.contentWindow === message.source);
  const reply = (value) => message.source.postMessage({ reply: message.data.number, value }, message.origin);
  if (message.data.call === 'initialize') reply({ theme, objects: frames.get(from) ?? [], locale: 'en-US' });
  if (message.data.call === 'session') reply({ sessionToken: token });
  if (message.data.call === 'backends') reply({ allPluginBackendServers: [], backendServersPerVc: { [setting.vcenter]: [] } });
  if (message.data.call === 'close') from.remove();
});
emulated.global();
`;

const sdk = (prefix) => `
(() => {
  let number = 0, known;
  const waiting = new Map(), listeners = { theme: [], refresh: [] };
  addEventListener('message', ({ data }) => {
    if (data.reply !== undefined) { waiting.get(data.reply)?.(data.value); waiting.delete(data.reply); }
    if (data.event === 'theme' && known) { known.theme = data.name; }
    if (data.event) listeners[data.event].forEach((each) => each({ name: data.name }));
  });
  const call = (name, done) => { waiting.set(++number, done); parent.postMessage({ call: name, number }, '*'); };
  window.htmlClientSdk = {
    initialize: (done) => call('initialize', (value) => { known = value; done(); }),
    isInitialized: () => known !== undefined,
    getProxiedPluginServerOrigin: () => location.origin + ${JSON.stringify(prefix)},
    app: {
      getSessionInfo: (done) => call('session', done),
      getPluginBackendInfo: (done) => call('backends', done),
      getContextObjects: () => known.objects,
      getTheme: () => ({ name: known.theme }),
      getClientLocale: () => known.locale,
    },
    event: { onThemeChanged: (each) => listeners.theme.push(each), onGlobalRefresh: (each) => listeners.refresh.push(each) },
    modal: { close: () => call('close', () => undefined) },
  };
})();
`;
