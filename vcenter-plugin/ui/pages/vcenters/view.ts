import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { Api, Refusal } from '../../api/api';
import type { Finding, ServerCertificate, Vcenter } from '../../api/types';
import { Dialog } from '../../dialog/dialog';
import { live, reason } from '../../live/live';
import { Who } from '../../session/session';
import type { Action } from '../../table/column';
import { State } from '../../table/state';
import { Table } from '../../table/table';
import { t, time } from '../../text/text';
import { addVcenter, checkVcenter, loadVcenters, removeVcenter, repairVcenter, showCertificate } from './client';
import { columns } from './columns';
import { ACCOUNTS, ADDRESS, given, REMOVE, REPAIR, type Field, type Typed } from './form';

type Open = { readonly what: 'add' } | { readonly what: 'check' | 'repair' | 'remove'; readonly vcenter: Vcenter };

@Component({
    selector: 'p-vcenters',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Dialog, State, Table],
    templateUrl: './view.html',
})
export class Vcenters {
    protected readonly t = t;
    protected readonly time = time;
    protected readonly columns = columns;
    protected readonly loaded = live(loadVcenters);
    protected readonly idOf = (row: Vcenter): string => row.id;
    protected readonly address = ADDRESS;
    protected readonly accounts = ACCOUNTS;
    protected readonly open = signal<Open | undefined>(undefined);
    protected readonly typed = signal<Typed>({});
    protected readonly certificate = signal<ServerCertificate | undefined>(undefined);
    protected readonly confirmed = signal(false);
    /** Whether the vCenter's extension turned out to be another appliance's; only then is there something to take over. */
    protected readonly taken = signal(false);
    protected readonly takeOver = signal(false);
    protected readonly forget = signal(false);
    protected readonly findings = signal<readonly Finding[] | undefined>(undefined);
    protected readonly failure = signal<string | undefined>(undefined);
    private readonly api = inject(Api);
    private readonly who = inject(Who);

    protected readonly actions: readonly Action<Vcenter>[] = [
        {
            id: 'add',
            title: 'vcenters.add',
            whyNot: () => this.who.lacks('ManagePool'),
            run: () => this.show({ what: 'add' }),
        },
        {
            id: 'check',
            title: 'vcenters.check',
            whyNot: (row) => (row ? undefined : t('table.select')),
            run: (row) => row && this.check(row),
        },
        {
            id: 'repair',
            title: 'vcenters.repair',
            whyNot: (row) => this.refused(row),
            run: (row) => row && this.show({ what: 'repair', vcenter: row }),
        },
        {
            id: 'remove',
            title: 'vcenters.remove',
            whyNot: (row) => this.refused(row),
            run: (row) => row && this.show({ what: 'remove', vcenter: row }),
        },
    ];

    protected readonly mayAdd = computed(() => {
        if (this.certificate() === undefined) return t('vcenters.lookFirst');
        if (!this.confirmed()) return t('vcenters.confirmFirst');
        if (this.taken() && !this.takeOver()) return t('vcenters.takeOverFirst');
        const lacking = ACCOUNTS.find((field) => !this.typed()[field.id]);
        return lacking && t('vcenters.fillIn', { field: t(lacking.title) });
    });

    protected fieldsOf(what: 'repair' | 'remove'): readonly Field[] {
        return what === 'repair' ? REPAIR : REMOVE;
    }

    protected type(field: Field, event: Event): void {
        const value = (event.target as HTMLInputElement).value;
        this.typed.update((old) => ({ ...old, [field.id]: value }));
        // A certificate that was confirmed belongs to the address it was shown for.
        if (field.id === 'host' || field.id === 'port') this.unconfirm();
    }

    protected tick(event: Event, which: 'confirmed' | 'forget' | 'takeOver'): void {
        this[which].set((event.target as HTMLInputElement).checked);
    }

    protected async look(): Promise<void> {
        this.unconfirm();
        this.failure.set(undefined);
        const asked = this.typed();
        try {
            const shown = await showCertificate(this.api, asked.host ?? '', Number(asked.port || 443));
            if (this.typed().host === asked.host && this.typed().port === asked.port) this.certificate.set(shown);
        } catch (error) {
            this.failure.set(reason(error));
        }
    }

    protected readonly add = async (): Promise<unknown> => {
        const typed = this.typed();
        try {
            return await addVcenter(this.api, {
                host: typed.host ?? '',
                port: Number(typed.port || 443),
                thumbprint: this.certificate()?.sha256 ?? '',
                user: typed.user ?? '',
                password: typed.password ?? '',
                serviceUser: typed.serviceUser ?? '',
                servicePassword: typed.servicePassword ?? '',
                ...(this.takeOver() ? { takeOver: true } : {}),
            });
        } catch (error) {
            if (error instanceof Refusal && error.code === 'extension_taken') this.taken.set(true);
            throw error;
        }
    };

    protected deedOf(open: { what: 'repair' | 'remove'; vcenter: Vcenter }): () => Promise<unknown> {
        const typed = given(this.fieldsOf(open.what), this.typed());
        return open.what === 'repair'
            ? () => repairVcenter(this.api, open.vcenter, typed)
            : () => removeVcenter(this.api, open.vcenter, { ...typed, forget: this.forget() });
    }

    // Passwords stay in memory no longer than the dialog that they were typed into.
    protected done(): void {
        this.open.set(undefined);
        this.typed.set({});
        this.loaded.again();
    }

    private show(open: Open): void {
        this.typed.set({});
        this.forget.set(false);
        this.findings.set(undefined);
        this.failure.set(undefined);
        this.unconfirm();
        this.open.set(open);
    }

    private check(vcenter: Vcenter): void {
        this.show({ what: 'check', vcenter });
        checkVcenter(this.api, vcenter).then(
            (findings) => this.findings.set(findings),
            (error: unknown) => this.failure.set(reason(error)),
        );
    }

    private unconfirm(): void {
        this.certificate.set(undefined);
        this.confirmed.set(false);
        this.taken.set(false);
        this.takeOver.set(false);
    }

    private refused(row: Vcenter | undefined): string | undefined {
        return this.who.lacks('ManagePool') ?? (row ? undefined : t('table.select'));
    }
}
