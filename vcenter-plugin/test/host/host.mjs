// Emulates the vSphere Client around a plug-in: shell, reverse proxy, and the script that bridges them. Any back end will do.
import { createServer } from 'node:http';
import { backendAt, jsonOf } from './backend.mjs';

/** backend: URL of the plug-in's server; thumbprint: of its certificate, where that is https. vcenter: instance UUID; linked: those of linked vCenters with the same plug-in; endpoint: of the vCenter whose client this is. silent: the script's callbacks never come. cutMilliseconds: after so long the proxy answers 408, as the real one does. */
export async function startHost({
    backend: url,
    thumbprint,
    key = 'io.penstock.vsphere',
    version = '0.1.0',
    token,
    vcenter,
    linked = [],
    endpoint = 'https://vcenter.example.com/api/ui?of=client',
    cutMilliseconds = 120_000,
    silent = false,
}) {
    const backend = backendAt(url, thumbprint);
    const prefix = `/plugins/${key}~${version}/${backend.target.hostname}-${backend.target.port}`;
    const manifest = await jsonOf(backend, '/plugin.json');
    const state = { token, theme: 'light', vcenter, linked, endpoint, cuts: 0 };
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
        return `<!doctype html><html lang="en"><title>vSphere Client (emulated)</title><style>${shellStyle}</style><body data-setting='${setting.replaceAll("'", '&#39;')}'><script src="/shell.js"></script></body></html>`;
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

// As plain as can be, but in the vSphere Client's proportions, so that a picture shows what an administrator would see.
const shellStyle = `
body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 14px Metropolis, "Avenir Next", sans-serif; background: #fafafa; color: #21333b; }
body.dark { background: #1b2a32; color: #e9ecef; }
.top { background: #1b2a32; color: #fff; padding: 8px 16px; font-size: 16px; border-bottom: 1px solid #0003; }
.object { padding: 12px 24px 0; border-bottom: 1px solid #8884; }
.object b { font-size: 20px; font-weight: 400; }
.object span { margin-left: 16px; font-size: 11px; letter-spacing: .06em; color: #0072a3; }
.object nav { margin-top: 12px; display: flex; gap: 24px; }
.object nav i { font-style: normal; padding-bottom: 6px; }
.object nav i:first-child { border-bottom: 3px solid #0072a3; font-weight: 600; }
.global { flex: 1; border: 0; }
.card { margin: 24px; width: 480px; border: 1px solid #8886; border-radius: 4px; background: #fff; }
.dark .card { background: #22343c; }
.card h2 { margin: 0; padding: 10px 12px; font: 600 14px Metropolis, sans-serif; border-bottom: 1px solid #8884; }
.card iframe { display: block; width: 100%; height: 280px; border: 0; }
.menus { position: fixed; top: 72px; left: 72px; display: flex; align-items: flex-start; gap: 2px; }
.menus > div { background: #fff; border: 1px solid #8886; border-radius: 4px; box-shadow: 0 2px 8px #0004; padding: 6px 0; min-width: 120px; }
.dark .menus > div { background: #22343c; }
.menus button { all: unset; display: block; box-sizing: border-box; width: 100%; padding: 6px 16px; cursor: pointer; }
.menus button:hover, .menus .on { background: #d8e3e9; }
.dark .menus button:hover, .dark .menus .on { background: #324f62; }
.tasks { position: fixed; left: 0; right: 0; bottom: 0; padding: 8px 16px 16px; border-top: 1px solid #8886; background: #fff; }
.dark .tasks { background: #22343c; }
.tasks h2 { margin: 0 0 6px; font: 600 14px Metropolis, sans-serif; }
.tasks table { border-collapse: collapse; width: 100%; font-size: 13px; }
.tasks th, .tasks td { text-align: left; padding: 5px 12px; border: 1px solid #8884; }
.veil { position: fixed; inset: 0; background: #0009; display: flex; align-items: center; justify-content: center; }
.modal { background: #fff; border-radius: 4px; box-shadow: 0 2px 12px #0008; }
.dark .modal { background: #22343c; }
.modal h2 { margin: 0; padding: 16px 24px 8px; font: 400 20px Metropolis, sans-serif; }
.modal iframe { display: block; border: 0; margin: 0 12px 12px; }
`;

const shellScript = `
const setting = JSON.parse(document.body.dataset.setting);
let theme = setting.theme, token = setting.token, shown, modal, menus;
const made = (tag, name, text = '') => Object.assign(document.createElement(tag), { className: name, textContent: text });
const textOf = (key) => setting.manifest.definitions.i18n.definitions[key]['en-US'];
const dress = () => document.body.classList.toggle('dark', theme === 'dark');
document.body.append(made('div', 'top', 'vSphere Client (emulated)'));
dress();
const frames = new Map();
function frame(uri, objects) {
  const inside = document.createElement('iframe');
  inside.title = 'Penstock';
  inside.src = setting.frameOrigin + setting.prefix + '/' + uri;
  frames.set(inside, objects);
  return inside;
}
function show(...parts) { shown?.forEach((each) => each.remove()); shown = parts; document.body.append(...parts); }
window.emulated = {
  global() {
    const inside = frame(setting.manifest.global.view.uri, []);
    inside.className = 'global';
    show(inside);
  },
  card(type, id, name = id.split(':')[3]) {
    const object = made('div', 'object'), tabs = made('nav');
    object.append(made('b', '', name), made('span', '', 'ACTIONS'), tabs);
    tabs.append(...['Summary', 'Monitor', 'Configure', 'Permissions'].map((each) => made('i', '', each)));
    const card = made('section', 'card');
    card.append(made('h2', '', textOf(setting.manifest.configuration.nameKey)), frame(setting.manifest.objects[type].summary.view.uri, [{ id }]));
    show(object, card);
  },
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
  // What the administrator sees: the plug-in's name with its actions beside it; no entry at all where none may be shown.
  async openMenu(type, id) {
    const visible = await emulated.menu(type, id);
    emulated.closeMenu();
    menus = made('div', 'menus');
    const entry = made('button', 'on', textOf(setting.manifest.configuration.nameKey) + ' \\u203a'), own = made('div'), below = made('div');
    own.append(entry);
    for (const action of setting.manifest.objects[type].menu.actions.filter((each) => visible.includes(each.id))) {
      const chosen = made('button', '', textOf(action.labelKey));
      chosen.onclick = () => (emulated.closeMenu(), emulated.choose(type, action.id, id));
      below.append(chosen);
    }
    if (visible.length) menus.append(own, below);
    document.body.append(menus);
  },
  closeMenu() { menus?.remove(); },
  // The pane at the foot; each row is what one column after the other shows.
  tasks(rows) {
    const pane = made('section', 'tasks'), table = made('table'), head = made('tr');
    head.append(...['Task Name', 'Target', 'Status', 'Initiator'].map((each) => made('th', '', each)));
    table.append(head);
    for (const row of rows) {
      const line = made('tr');
      line.append(...row.map((each) => made('td', '', each)));
      table.append(line);
    }
    pane.append(made('h2', '', 'Recent Tasks'), table);
    document.body.append(pane);
  },
  choose(type, action, id) {
    const { trigger } = setting.manifest.objects[type].menu.actions.find((each) => each.id === action);
    const inside = frame(trigger.uri, [{ id }]), box = made('div', 'modal');
    inside.style.width = trigger.size.width + 'px';
    inside.style.height = trigger.size.height + 'px';
    box.append(made('h2', '', textOf(trigger.titleKey)), inside);
    modal = made('div', 'veil');
    modal.append(box);
    document.body.append(modal);
  },
  theme(name) { theme = name; dress(); for (const each of frames.keys()) each.contentWindow?.postMessage({ event: 'theme', name }, setting.frameOrigin); },
  refresh() { for (const each of frames.keys()) each.contentWindow?.postMessage({ event: 'refresh' }, setting.frameOrigin); },
  token(value) { token = value; },
  modalOpen() { return modal?.isConnected ?? false; },
  closeModal() { modal?.remove(); },
};
addEventListener('message', (message) => {
  if (message.origin !== setting.frameOrigin) return;
  const from = [...frames.keys()].find((each) => each.contentWindow === message.source);
  const reply = (value) => message.source?.postMessage({ reply: message.data.number, value }, message.origin);
  if (message.data.call === 'initialize') reply({ theme, objects: frames.get(from) ?? [], locale: 'en-US', endpoint: setting.endpoint });
  if (message.data.call === 'session') reply({ sessionToken: token });
  if (message.data.call === 'backends') reply({ allPluginBackendServers: [], backendServersPerVc: Object.fromEntries([setting.vcenter, ...setting.linked].map((each) => [each, []])) });
  if (message.data.call === 'close') modal?.remove();
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
      getApiEndpoints: () => ({ uiApiEndpoint: { fullUrl: known.endpoint } }),
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
