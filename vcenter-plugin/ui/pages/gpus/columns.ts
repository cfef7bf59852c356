import type { Column } from '../../table/column';
import { bytes, number, t } from '../../text/text';
import type { GpuRow } from './client';

export const columns: readonly Column<GpuRow>[] = [
    { id: 'name', title: 'gpus.name', text: (row) => row.status.gpu.name, share: 2 },
    { id: 'server', title: 'gpus.server', text: (row) => row.server.name, share: 1.6 },
    {
        id: 'index',
        title: 'gpus.index',
        text: (row) => String(row.status.gpu.index),
        sort: (row) => row.status.gpu.index,
        share: 0.7,
    },
    {
        id: 'health',
        title: 'gpus.health',
        text: (row) =>
            t(!row.server.alive ? 'gpus.lost' : row.status.usage.healthy ? 'gpus.healthy' : 'gpus.unhealthy'),
        tone: (row) => (!row.server.alive ? 'warning' : row.status.usage.healthy ? 'success' : 'danger'),
        share: 1.4,
    },
    {
        id: 'memory',
        title: 'gpus.memory',
        text: (row) => bytes(row.status.gpu.memory),
        sort: (row) => row.status.gpu.memory,
        right: true,
    },
    {
        id: 'leased',
        title: 'gpus.leased',
        text: (row) => bytes(row.status.leased),
        sort: (row) => row.status.leased,
        right: true,
    },
    {
        id: 'used',
        title: 'gpus.used',
        text: (row) => bytes(row.status.usage.used),
        sort: (row) => row.status.usage.used,
        right: true,
    },
    {
        id: 'utilization',
        title: 'gpus.utilization',
        text: (row) => `${number(row.status.usage.utilization)} %`,
        sort: (row) => row.status.usage.utilization,
        right: true,
    },
    {
        id: 'temperature',
        title: 'gpus.temperature',
        text: (row) => `${number(row.status.usage.temperature)} °C`,
        sort: (row) => row.status.usage.temperature,
        share: 1.25,
        right: true,
    },
    {
        id: 'holders',
        title: 'gpus.holders',
        text: (row) => [...new Set(row.status.holders.map((holder) => holder.client))].join(', '),
        share: 1.5,
    },
];
