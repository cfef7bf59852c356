import { ChangeDetectionStrategy, Component } from '@angular/core';
import { live } from '../../live/live';
import { Listing } from '../../table/listing';
import { loadGpus, type GpuRow } from './client';
import { columns } from './columns';

@Component({
    selector: 'p-gpus',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Listing],
    template: `
        <p-listing title="gpus.title" empty="gpus.empty" [loaded]="loaded" [columns]="columns" [idOf]="idOf" />
    `,
})
export class Gpus {
    protected readonly columns = columns;
    protected readonly loaded = live(loadGpus);
    protected readonly idOf = (row: GpuRow): string => `${row.server.id} ${row.status.gpu.uuid}`;
}
