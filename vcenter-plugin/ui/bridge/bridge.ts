import { signal, type WritableSignal } from '@angular/core';
import { load, type HtmlClientSdk } from './sdk';

/** The vSphere Client may never call back; then the page says so instead of waiting for ever. */
const CALLBACK_MILLISECONDS_MAX = 5_000;

export type Theme = 'light' | 'dark';

/** The object that a card or a menu entry is about. */
export interface ContextObject {
    readonly type: string;
    readonly moref: string;
    readonly vcenter: string;
}

/** What surrounds the pages: the vSphere Client, or nothing but a browser. */
export abstract class Bridge {
    abstract readonly inVsphere: boolean;
    /** What the API's paths are appended to. */
    abstract readonly base: string;
    abstract readonly locale: string;
    abstract readonly theme: WritableSignal<Theme>;
    /** Counts the presses of the client's refresh button. */
    readonly refreshes = signal(0);
    abstract readonly context: ContextObject | undefined;
    /** What tells the appliance who asks; about: the vCenter of what is asked, where that is known. */
    abstract headers(about?: string): Promise<Record<string, string>>;
    abstract close(): void;
}

class Alone extends Bridge {
    override readonly inVsphere = false;
    override readonly base: string;
    override readonly locale = navigator.language;
    override readonly theme: WritableSignal<Theme>;
    override readonly context: ContextObject | undefined;

    constructor(page: Window) {
        super();
        this.base = new URL('..', page.document.baseURI).href.replace(/\/$/, '');
        const dark = page.matchMedia('(prefers-color-scheme: dark)');
        this.theme = signal(dark.matches ? 'dark' : 'light');
        dark.addEventListener('change', (event) => this.theme.set(event.matches ? 'dark' : 'light'));
        this.context = contextOf(new URLSearchParams(page.location.search).get('object') ?? '');
    }

    override headers(): Promise<Record<string, string>> {
        return Promise.resolve({});
    }

    override close(): void {
        location.hash = '#/overview';
    }
}

class Vsphere extends Bridge {
    override readonly inVsphere = true;
    override readonly base: string;
    override readonly locale: string;
    override readonly theme: WritableSignal<Theme>;
    override readonly context: ContextObject | undefined;
    private readonly guid: string;

    constructor(private readonly sdk: HtmlClientSdk) {
        super();
        this.base = sdk.getProxiedPluginServerOrigin().replace(/\/$/, '');
        this.locale = sdk.app.getClientLocale?.() ?? navigator.language;
        this.theme = signal(themeOf(sdk.app.getTheme().name));
        this.context = contextOf(sdk.app.getContextObjects()[0]?.id ?? '');
        this.guid = this.context?.vcenter ?? '';
        sdk.event.onThemeChanged((theme) => this.theme.set(themeOf(theme.name)));
        sdk.event.onGlobalRefresh(() => this.refreshes.update((count) => count + 1));
    }

    // Asked for anew each time: the client renews its token, and an old one is refused.
    override async headers(about?: string): Promise<Record<string, string>> {
        const session = await called<{ sessionToken: string }>('getSessionInfo', (done) =>
            this.sdk.app.getSessionInfo(done),
        );
        const headers: Record<string, string> = { 'vmware-api-session-id': session.sessionToken };
        const guid = about || this.guid || (await this.registeredVcenters());
        if (guid) headers['penstock-vcenter'] = guid;
        // Linked vCenters have one client, and only the vCenter whose client it is knows its token.
        const client = this.sdk.app.getApiEndpoints?.().uiApiEndpoint?.fullUrl?.replace(/[?#].*$/, '');
        if (client) headers['vmware-api-gateway-url'] = client;
        return headers;
    }

    // The global view has no object. The client then tells for which vCenters our back end is registered: all of those that are linked.
    private async registeredVcenters(): Promise<string> {
        if (this.sdk.app.getPluginBackendInfo === undefined) return '';
        const ask = this.sdk.app.getPluginBackendInfo;
        const info = await called<{ backendServersPerVc?: Record<string, unknown> }>('getPluginBackendInfo', (done) =>
            ask(done),
        );
        return Object.keys(info.backendServersPerVc ?? {}).join(',');
    }

    override close(): void {
        this.sdk.modal.close();
    }
}

/** The instance UUID is the last part, the managed object's id the one before it. */
export function contextOf(id: string): ContextObject | undefined {
    const found = /^urn:vmomi:([A-Za-z]+):([A-Za-z0-9._-]+):([0-9A-Fa-f-]{36})$/.exec(id);
    return found ? { type: found[1] ?? '', moref: found[2] ?? '', vcenter: found[3] ?? '' } : undefined;
}

export async function connect(page: Window): Promise<Bridge> {
    if (new URLSearchParams(page.location.search).get('in') !== 'vsphere') return new Alone(page);
    const sdk = await load(page, CALLBACK_MILLISECONDS_MAX);
    return new Vsphere(sdk);
}

function themeOf(name: string): Theme {
    return name === 'dark' ? 'dark' : 'light';
}

export function called<T>(name: string, call: (done: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(
            () => reject(new Error(`The vSphere Client did not answer ${name} in ${CALLBACK_MILLISECONDS_MAX} ms.`)),
            CALLBACK_MILLISECONDS_MAX,
        );
        call((value) => {
            clearTimeout(timer);
            resolve(value);
        });
    });
}
