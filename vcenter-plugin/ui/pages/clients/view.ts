import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { Api } from '../../api/api';
import type { ClientStatus } from '../../api/types';
import type { Confirmation } from '../../dialog/confirmation';
import { live } from '../../live/live';
import { Who } from '../../session/session';
import type { Action } from '../../table/column';
import { Listing } from '../../table/listing';
import { t } from '../../text/text';
import { disableClient, enableClient, loadClients, removeClient } from './client';
import { columns } from './columns';

@Component({
    selector: 'p-clients',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Listing],
    template: `
        <p-listing
            title="clients.title"
            empty="clients.empty"
            [loaded]="loaded"
            [columns]="columns"
            [actions]="actions"
            [idOf]="idOf"
            [(asked)]="asked"
        />
    `,
})
export class Clients {
    protected readonly columns = columns;
    protected readonly loaded = live(loadClients);
    protected readonly idOf = (row: ClientStatus): string => row.id;
    protected readonly asked = signal<Confirmation | undefined>(undefined);
    private readonly api = inject(Api);
    private readonly who = inject(Who);
    protected readonly actions: readonly Action<ClientStatus>[] = [
        {
            id: 'enable',
            title: 'clients.enable',
            whyNot: (row) =>
                this.refused(row) ?? (row?.enabled ? t('clients.alreadyEnabled', { name: row.name }) : undefined),
            run: (row) => row && this.askTo('enable', row, () => enableClient(this.api, row)),
        },
        {
            id: 'disable',
            title: 'clients.disable',
            whyNot: (row) =>
                this.refused(row) ??
                (row?.enabled ? undefined : t('clients.alreadyDisabled', { name: row?.name ?? '' })),
            run: (row) => row && this.askTo('disable', row, () => disableClient(this.api, row)),
        },
        {
            id: 'remove',
            title: 'clients.remove',
            whyNot: (row) => this.refused(row),
            run: (row) => row && this.askTo('remove', row, () => removeClient(this.api, row)),
        },
    ];

    private refused(row: ClientStatus | undefined): string | undefined {
        return this.who.lacks('ManageClients') ?? (row ? undefined : t('table.select'));
    }

    private askTo(what: 'enable' | 'disable' | 'remove', client: ClientStatus, deed: () => Promise<unknown>): void {
        this.asked.set({
            heading: t(`clients.${what}Title`, { name: client.name }),
            text: t(client.vm && what !== 'remove' ? `clients.${what}VmText` : `clients.${what}Text`),
            label: `clients.${what}`,
            deed,
        });
    }
}
