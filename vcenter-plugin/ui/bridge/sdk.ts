/** The part of the vSphere Client's JavaScript interface that we use. The client serves the script; it is never bundled. */
export interface HtmlClientSdk {
    initialize(done: () => void): void;
    getProxiedPluginServerOrigin(): string;
    app: {
        getSessionInfo(done: (session: { sessionToken: string }) => void): void;
        getApiEndpoints?(): { uiApiEndpoint?: { fullUrl?: string } };
        getPluginBackendInfo?(done: (info: { backendServersPerVc?: Record<string, unknown> }) => void): void;
        getContextObjects(): { id: string }[];
        getTheme(): { name: string };
        getClientLocale?(): string;
    };
    event: {
        onThemeChanged(listener: (theme: { name: string }) => void): void;
        onGlobalRefresh(listener: () => void): void;
    };
    modal: { close(data?: unknown): void };
}

/** Loads the script from the client that framed this page, and initialises it. */
export function load(page: Window, millisecondsMax: number): Promise<HtmlClientSdk> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(
            () => reject(new Error(`The vSphere Client did not initialise the plug-in in ${millisecondsMax} ms.`)),
            millisecondsMax,
        );
        const script = page.document.createElement('script');
        script.src = '/api/ui/htmlClientSdk.js';
        script.onerror = () => reject(new Error('The vSphere Client did not serve /api/ui/htmlClientSdk.js.'));
        script.onload = () => {
            const sdk = (page as unknown as { htmlClientSdk?: HtmlClientSdk }).htmlClientSdk;
            if (sdk === undefined) return reject(new Error('htmlClientSdk.js defined no htmlClientSdk.'));
            sdk.initialize(() => {
                clearTimeout(timer);
                resolve(sdk);
            });
        };
        page.document.head.append(script);
    });
}
