import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { Api } from '../../api/api';
import type { ServerStatus } from '../../api/types';
import type { Confirmation } from '../../dialog/confirmation';
import { live } from '../../live/live';
import { Who } from '../../session/session';
import type { Action } from '../../table/column';
import { Listing } from '../../table/listing';
import { t } from '../../text/text';
import { loadServers, removeServer } from './client';
import { columns } from './columns';

@Component({
    selector: 'p-servers',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Listing],
    template: `
        <p-listing
            title="servers.title"
            empty="servers.empty"
            [loaded]="loaded"
            [columns]="columns"
            [actions]="actions"
            [idOf]="idOf"
            [(asked)]="asked"
        />
    `,
})
export class Servers {
    protected readonly columns = columns;
    protected readonly loaded = live(loadServers);
    protected readonly idOf = (row: ServerStatus): string => row.id;
    protected readonly asked = signal<Confirmation | undefined>(undefined);
    private readonly api = inject(Api);
    private readonly who = inject(Who);
    protected readonly actions: readonly Action<ServerStatus>[] = [
        {
            id: 'remove',
            title: 'servers.remove',
            whyNot: (row) => this.who.lacks('ManageServers') ?? (row ? undefined : t('table.select')),
            run: (row) => row && this.askToRemove(row),
        },
    ];

    private askToRemove(server: ServerStatus): void {
        this.asked.set({
            heading: t('servers.removeTitle', { name: server.name }),
            text: t('servers.removeText'),
            label: 'servers.remove',
            deed: () => removeServer(this.api, server),
        });
    }
}
