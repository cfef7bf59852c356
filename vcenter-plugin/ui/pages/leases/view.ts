import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { Api } from '../../api/api';
import type { LeaseStatus } from '../../api/types';
import type { Confirmation } from '../../dialog/confirmation';
import { Dialog } from '../../dialog/dialog';
import { live } from '../../live/live';
import { Who } from '../../session/session';
import type { Action } from '../../table/column';
import { State } from '../../table/state';
import { Table } from '../../table/table';
import { t } from '../../text/text';
import { endLease, loadLeases } from './client';
import { columns } from './columns';

@Component({
    selector: 'p-leases',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Dialog, State, Table],
    template: `
        <h1>{{ t('leases.title') }}</h1>
        <p-state [of]="loaded.value()" (again)="loaded.again()" />
        @let now = loaded.value();
        @if (now.state === 'ready' || now.state === 'stale') {
            <p-table
                title="leases.title"
                empty="leases.empty"
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
export class Leases {
    protected readonly t = t;
    protected readonly columns = columns;
    protected readonly loaded = live(loadLeases);
    protected readonly idOf = (row: LeaseStatus): string => row.claims.jti;
    protected readonly asked = signal<Confirmation | undefined>(undefined);
    private readonly api = inject(Api);
    private readonly who = inject(Who);
    protected readonly actions: readonly Action<LeaseStatus>[] = [
        {
            id: 'end',
            title: 'leases.end',
            whyNot: (row) => this.who.lacks('ManagePool') ?? (row ? undefined : t('table.select')),
            run: (row) => row && this.askToEnd(row),
        },
    ];

    private askToEnd(lease: LeaseStatus): void {
        this.asked.set({
            heading: t('leases.endTitle', { name: lease.client }),
            text: t('leases.endText'),
            label: 'leases.end',
            deed: () => endLease(this.api, lease),
        });
    }

    protected done(): void {
        this.asked.set(undefined);
        this.loaded.again();
    }
}
