import { DestroyRef, effect, inject, Injectable, signal, untracked, type Signal } from '@angular/core';
import { Api, Refusal } from '../api/api';
import { Bridge } from '../bridge/bridge';

const WAIT_SECONDS_MAX = 25;
const BACK_OFF_MILLISECONDS = 2_000;
const TICK_MILLISECONDS = 5_000;

export type Loaded<T> =
    | { readonly state: 'loading' }
    | { readonly state: 'ready'; readonly value: T; readonly at: Date }
    | { readonly state: 'stale'; readonly value: T; readonly at: Date; readonly why: string }
    | { readonly state: 'failed'; readonly why: string };

/** Holds one question open at the appliance; its answer says that something is different now. */
@Injectable({ providedIn: 'root' })
export class Live {
    readonly version = signal(-1);
    private readonly api = inject(Api);
    private wait = WAIT_SECONDS_MAX;
    private running: AbortController | undefined;

    start(): void {
        if (this.running) return;
        this.running = new AbortController();
        void this.watch(this.running.signal);
    }

    /** Lets the pages ask anew every few seconds, for those who may not hold the question open. */
    tick(): void {
        if (this.running) return;
        this.running = new AbortController();
        const clock = setInterval(() => this.version.update((version) => version + 1), TICK_MILLISECONDS);
        this.running.signal.addEventListener('abort', () => clearInterval(clock));
    }

    stop(): void {
        this.running?.abort();
        this.running = undefined;
    }

    private async watch(signal: AbortSignal): Promise<void> {
        let asked = -1;
        while (!signal.aborted) {
            try {
                const answer = await this.api.get('/v1/changes', { after: asked, wait: this.wait }, signal);
                asked = answer.version;
                this.version.set(asked);
            } catch (error) {
                if (signal.aborted) return;
                // The vSphere Client's proxy cuts long questions; shorter ones get through.
                if (error instanceof Refusal && error.status === 408) {
                    this.wait = Math.max(1, Math.floor(this.wait / 2));
                    continue;
                }
                await new Promise((resolve) => setTimeout(resolve, BACK_OFF_MILLISECONDS));
                asked = -1;
                // Whatever the pages show may be old by now: they ask for themselves, and say so when they fail.
                this.version.update((version) => -Math.abs(version) - 1);
            }
        }
    }
}

export interface LiveValue<T> {
    readonly value: Signal<Loaded<T>>;
    readonly again: () => void;
}

/** What a page shows: loaded at once, and anew with every change; a failure keeps what was there, marked as old. */
export function live<T>(load: (api: Api) => Promise<T>): LiveValue<T> {
    const api = inject(Api);
    const version = inject(Live).version;
    const refreshes = inject(Bridge).refreshes;
    const value = signal<Loaded<T>>({ state: 'loading' });
    let asking = false;
    let askAgain = false;
    let gone = false;
    inject(DestroyRef).onDestroy(() => (gone = true));
    const again = (): void => {
        if (gone) return;
        if (asking) {
            askAgain = true;
            return;
        }
        asking = true;
        load(api)
            .then(
                (loaded) => value.set({ state: 'ready', value: loaded, at: new Date() }),
                (error: unknown) => value.update((old) => failed(old, error)),
            )
            .finally(() => {
                asking = false;
                if (askAgain) {
                    askAgain = false;
                    again();
                }
            });
    };
    effect(() => {
        version();
        refreshes();
        untracked(again);
    });
    return { value: value.asReadonly(), again };
}

function failed<T>(old: Loaded<T>, error: unknown): Loaded<T> {
    const why = reason(error);
    return 'value' in old ? { state: 'stale', value: old.value, at: old.at, why } : { state: 'failed', why };
}

export function reason(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
