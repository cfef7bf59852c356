import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { Api } from '../../api/api';
import type { LeaseStatus } from '../../api/types';
import type { Confirmation } from '../../dialog/confirmation';
import { live } from '../../live/live';
import { Who } from '../../session/session';
import type { Action } from '../../table/column';
import { Listing } from '../../table/listing';
import { t } from '../../text/text';
import { endLease, loadLeases } from './client';
import { columns } from './columns';

@Component({
    selector: 'p-leases',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Listing],
    template: `
        <p-listing
            title="leases.title"
            empty="leases.empty"
            [loaded]="loaded"
            [columns]="columns"
            [actions]="actions"
            [idOf]="idOf"
            [(asked)]="asked"
        />
    `,
})
export class Leases {
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
}
