import { computed, inject, Injectable, signal } from '@angular/core';
import { Api } from '../api/api';
import type { Privilege, Session } from '../api/types';
import { reason } from '../live/live';
import { t } from '../text/text';

/** Who looks at this page, and what that person may do. */
@Injectable({ providedIn: 'root' })
export class Who {
    readonly session = signal<Session | undefined>(undefined);
    readonly failure = signal<string | undefined>(undefined);
    readonly signedIn = computed(() => this.session() !== undefined && this.session()?.kind !== 'nobody');
    private readonly api = inject(Api);

    constructor() {
        this.api.onNobody = () => void this.ask();
    }

    async ask(): Promise<void> {
        try {
            this.session.set(await this.api.get('/v1/session'));
            this.failure.set(undefined);
        } catch (error) {
            this.failure.set(reason(error));
        }
    }

    may(privilege: Privilege): boolean {
        return this.session()?.privileges.includes(privilege) ?? false;
    }

    /** Why the person may not, or undefined. */
    lacks(privilege: Privilege): string | undefined {
        return this.may(privilege) ? undefined : t('needs', { privilege });
    }

    async signOut(): Promise<void> {
        await this.api.delete('/v1/session');
        await this.ask();
    }
}
