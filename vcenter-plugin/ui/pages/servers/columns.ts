import type { ServerStatus } from '../../api/types';
import type { Column } from '../../table/column';
import { bytes, number, t, time } from '../../text/text';

function sum(server: ServerStatus, of: (gpu: ServerStatus['gpus'][number]) => number): number {
    return server.gpus.reduce((total, gpu) => total + of(gpu), 0);
}

export const columns: readonly Column<ServerStatus>[] = [
    { id: 'name', title: 'servers.name', text: (row) => row.name, share: 1.6 },
    {
        id: 'state',
        title: 'servers.state',
        text: (row) => t(row.alive ? 'servers.alive' : 'servers.silent'),
        tone: (row) => (row.alive ? 'success' : 'danger'),
        share: 1.2,
    },
    { id: 'address', title: 'servers.address', text: (row) => `${row.report.host}:${row.report.port}`, share: 2.1 },
    {
        id: 'gpus',
        title: 'servers.gpus',
        text: (row) => number(row.gpus.length),
        sort: (row) => row.gpus.length,
        share: 0.7,
        right: true,
    },
    {
        id: 'leased',
        title: 'servers.leased',
        text: (row) => `${bytes(sum(row, (gpu) => gpu.leased))} / ${bytes(sum(row, (gpu) => gpu.gpu.memory))}`,
        sort: (row) => sum(row, (gpu) => gpu.leased),
        share: 1.6,
        right: true,
    },
    {
        id: 'sessions',
        title: 'servers.sessions',
        text: (row) => number(row.sessions.length),
        sort: (row) => row.sessions.length,
        right: true,
    },
    { id: 'version', title: 'servers.version', text: (row) => row.report.softwareVersion },
    {
        id: 'heard',
        title: 'servers.lastHeard',
        text: (row) => time(row.lastHeard),
        sort: (row) => row.lastHeard,
        share: 2.1,
    },
];
