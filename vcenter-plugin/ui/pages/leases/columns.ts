import type { LeaseStatus } from '../../api/types';
import type { Column } from '../../table/column';
import { bytes, number, time } from '../../text/text';
import { memoryOf } from './client';

export const columns: readonly Column<LeaseStatus>[] = [
    { id: 'client', title: 'leases.client', text: (row) => row.client, share: 1.5 },
    { id: 'user', title: 'leases.user', text: (row) => row.claims.user },
    { id: 'server', title: 'leases.server', text: (row) => row.server, share: 1.5 },
    {
        id: 'gpus',
        title: 'leases.gpus',
        text: (row) => number(row.claims.gpus.length),
        sort: (row) => row.claims.gpus.length,
        share: 0.7,
        right: true,
    },
    { id: 'memory', title: 'leases.memory', text: (row) => bytes(memoryOf(row)), sort: memoryOf, right: true },
    {
        id: 'since',
        title: 'leases.since',
        text: (row) => time(row.since),
        sort: (row) => row.since,
        share: 2,
    },
    { id: 'renew', title: 'leases.renewBy', text: (row) => time(row.renewBy), sort: (row) => row.renewBy, share: 2 },
    { id: 'id', title: 'leases.id', text: (row) => row.claims.jti, share: 1.5 },
];
