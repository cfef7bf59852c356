import type { Bridge } from '../bridge/bridge';
import type { Answer, PathOf, Request } from './types';

/** No answer of the appliance takes longer, except the ones that are held open on purpose. */
const ANSWER_MILLISECONDS_MAX = 30_000;

export class Refusal extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        text: string,
    ) {
        super(text);
    }
}

type Values = Readonly<Record<string, string | number>>;

/** The appliance's interface; the only place of this UI that does I/O with it. */
export class Api {
    /** Told of every answer that says the caller is nobody. */
    onNobody: () => void = () => undefined;

    constructor(private readonly bridge: Bridge) {}

    get<P extends PathOf<'get'>>(path: P, values: Values = {}, signal?: AbortSignal): Promise<Answer<P, 'get'>> {
        return this.ask('GET', path, values, undefined, signal) as Promise<Answer<P, 'get'>>;
    }

    /** about: the vCenter of what it acts upon, where the path does not name it. */
    post<P extends PathOf<'post'>>(
        path: P,
        body: Request<P, 'post'>,
        values: Values = {},
        about?: string,
    ): Promise<Answer<P, 'post'>> {
        return this.ask('POST', path, values, body, undefined, about) as Promise<Answer<P, 'post'>>;
    }

    put<P extends PathOf<'put'>>(path: P, body: Request<P, 'put'>, values: Values = {}): Promise<Answer<P, 'put'>> {
        return this.ask('PUT', path, values, body) as Promise<Answer<P, 'put'>>;
    }

    /** about: as in {@link post}. */
    delete<P extends PathOf<'delete'>>(path: P, values: Values = {}, about?: string): Promise<Answer<P, 'delete'>> {
        return this.ask('DELETE', path, values, undefined, undefined, about) as Promise<Answer<P, 'delete'>>;
    }

    private async ask(
        method: string,
        path: string,
        values: Values,
        body: unknown,
        signal?: AbortSignal,
        about?: string,
    ): Promise<unknown> {
        const vcenter = about ?? (path.includes('{vcenter}') ? String(values['vcenter']) : undefined);
        const headers: Record<string, string> = { accept: 'application/json', ...(await this.bridge.headers(vcenter)) };
        if (body !== undefined) headers['content-type'] = 'application/json';
        const limit = AbortSignal.timeout(ANSWER_MILLISECONDS_MAX);
        const response = await fetch(this.bridge.base + fill(path, values), {
            method,
            headers,
            body: body === undefined ? null : JSON.stringify(body),
            signal: signal ? AbortSignal.any([signal, limit]) : limit,
            credentials: 'same-origin',
            cache: 'no-store',
        });
        const answer: unknown = await response.json().catch(() => undefined);
        if (response.ok) return answer;
        // A wrong password is an answer to the one who typed it, not the end of a session.
        if (response.status === 401 && !path.startsWith('/v1/session')) this.onNobody();
        throw refusal(response.status, answer);
    }
}

/** Puts the values into the path's braces; those that have none become the query. */
export function fill(path: string, values: Values): string {
    const query = new URLSearchParams();
    let filled: string = path;
    for (const [name, value] of Object.entries(values)) {
        const brace = `{${name}}`;
        if (filled.includes(brace)) filled = filled.replace(brace, encodeURIComponent(value));
        else query.set(name, String(value));
    }
    return query.size === 0 ? filled : `${filled}?${query.toString()}`;
}

function refusal(status: number, answer: unknown): Refusal {
    const error = (answer as { error?: { code?: unknown; text?: unknown } } | undefined)?.error;
    if (typeof error?.code === 'string' && typeof error.text === 'string') {
        return new Refusal(status, error.code, error.text);
    }
    return new Refusal(status, 'http_' + status, 'HTTP ' + status);
}
