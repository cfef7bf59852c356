import { ChangeDetectionStrategy, Component } from '@angular/core';
import type { Overview as Numbers } from '../../api/types';
import { live } from '../../live/live';
import { State } from '../../table/state';
import { bytes, number, t, type TextKey } from '../../text/text';
import { loadOverview, percent, stepsOf } from './client';

interface Tile {
    readonly id: string;
    readonly title: TextKey;
    readonly figure: string;
    readonly detail: string;
    readonly share?: number;
}

@Component({
    selector: 'p-overview',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [State],
    templateUrl: './view.html',
})
export class Overview {
    protected readonly t = t;
    protected readonly loaded = live(loadOverview);
    protected readonly stepsOf = stepsOf;

    protected tilesOf(now: Numbers): readonly Tile[] {
        const { gpus, servers, clients } = now;
        return [
            {
                id: 'servers',
                title: 'overview.servers',
                figure: number(servers.total),
                detail: t('overview.serversDetail', servers),
            },
            {
                id: 'gpus',
                title: 'overview.gpus',
                figure: number(gpus.total),
                detail: t('overview.gpusDetail', gpus),
                share: percent(gpus.leased, gpus.total),
            },
            {
                id: 'memory',
                title: 'overview.memory',
                figure: `${number(percent(gpus.leasedMemory, gpus.memory))} %`,
                detail: t('overview.memoryDetail', { leased: bytes(gpus.leasedMemory), total: bytes(gpus.memory) }),
                share: percent(gpus.leasedMemory, gpus.memory),
            },
            {
                id: 'utilization',
                title: 'overview.utilization',
                figure: `${number(gpus.utilization)} %`,
                detail: t('overview.utilizationDetail', gpus),
                share: gpus.utilization,
            },
            {
                id: 'clients',
                title: 'overview.clients',
                figure: number(clients.total),
                detail: t('overview.clientsDetail', clients),
            },
            { id: 'leases', title: 'overview.leases', figure: number(now.leases), detail: t('overview.leasesDetail') },
        ];
    }

    protected toneOf(severity: 'error' | 'warning' | 'info'): string {
        return severity === 'error' ? 'label label-danger' : `label label-${severity}`;
    }
}
