import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { Api } from '../../api/api';
import type { ServerStatus } from '../../api/types';
import type { Confirmation } from '../../dialog/confirmation';
import { Dialog } from '../../dialog/dialog';
import { live } from '../../live/live';
import { Who } from '../../session/session';
import type { Action } from '../../table/column';
import { State } from '../../table/state';
import { Table } from '../../table/table';
import { t } from '../../text/text';
import { loadServers, removeServer } from './client';
import { columns } from './columns';

@Component({
    selector: 'p-servers',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Dialog, State, Table],
    template: `
        <h1>{{ t('servers.title') }}</h1>
        <p-state [of]="loaded.value()" (again)="loaded.again()" />
        @let now = loaded.value();
        @if (now.state === 'ready' || now.state === 'stale') {
            <p-table
                title="servers.title"
                empty="servers.empty"
                [rows]="now.value"
                [columns]="columns"
                [actions]="actions"
                [idOf]="idOf"
            />
            @if (asked(); as asked) {
                <p-dialog
                    [heading]="asked.heading"
                    [label]="asked.label"
                    [danger]="true"
                    [deed]="asked.deed"
                    (closed)="done()"
                >
                    <p>{{ asked.text }}</p>
                </p-dialog>
            }
        }
    `,
})
export class Servers {
    protected readonly t = t;
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

    protected done(): void {
        this.asked.set(undefined);
        this.loaded.again();
    }
}
