import type { TextKey } from '../text/text';

export interface Route {
    readonly page: string;
    readonly rest: string;
}

export const NAVIGATION: readonly { readonly page: string; readonly title: TextKey }[] = [
    { page: 'overview', title: 'nav.overview' },
    { page: 'servers', title: 'nav.servers' },
    { page: 'gpus', title: 'nav.gpus' },
    { page: 'clients', title: 'nav.clients' },
    { page: 'leases', title: 'nav.leases' },
    { page: 'vcenters', title: 'nav.vcenters' },
    { page: 'about', title: 'nav.about' },
];

/** The fragment says which page it is; where there is none, the query that the manifest's uri carries. */
export function routeOf(search: string, hash: string): Route {
    const found = /^#\/([a-z-]+)(?:\/(.*))?$/i.exec(hash);
    if (found) return { page: found[1] ?? '', rest: found[2] ?? '' };
    return { page: new URLSearchParams(search).get('view') ?? 'overview', rest: '' };
}
