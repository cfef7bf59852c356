import { ChangeDetectionStrategy, Component } from '@angular/core';
import { live } from '../../live/live';
import { State } from '../../table/state';
import { Table } from '../../table/table';
import { t } from '../../text/text';
import { loadGpus, type GpuRow } from './client';
import { columns } from './columns';

@Component({
    selector: 'p-gpus',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [State, Table],
    template: `
        <h1>{{ t('gpus.title') }}</h1>
        <p-state [of]="loaded.value()" (again)="loaded.again()" />
        @let now = loaded.value();
        @if (now.state === 'ready' || now.state === 'stale') {
            <p-table title="gpus.title" empty="gpus.empty" [rows]="now.value" [columns]="columns" [idOf]="idOf" />
        }
    `,
})
export class Gpus {
    protected readonly t = t;
    protected readonly columns = columns;
    protected readonly loaded = live(loadGpus);
    protected readonly idOf = (row: GpuRow): string => `${row.server.id} ${row.status.gpu.uuid}`;
}
