import type { Vcenter } from '../../api/types';
import type { Column } from '../../table/column';
import { number, t } from '../../text/text';

export const columns: readonly Column<Vcenter>[] = [
    { id: 'name', title: 'vcenters.name', text: (row) => row.name, share: 1.5 },
    { id: 'address', title: 'vcenters.address', text: (row) => `${row.host}:${row.port}`, share: 1.5 },
    {
        id: 'state',
        title: 'vcenters.state',
        text: (row) => t(`vcenters.${row.state}`),
        tone: (row) => (row.state === 'connected' ? 'success' : row.state === 'connecting' ? 'info' : 'danger'),
        share: 1.4,
    },
    { id: 'version', title: 'vcenters.version', text: (row) => row.version },
    { id: 'hosts', title: 'vcenters.hosts', text: (row) => number(row.hosts), sort: (row) => row.hosts, right: true },
    { id: 'vms', title: 'vcenters.vms', text: (row) => number(row.vms), sort: (row) => row.vms, right: true },
    { id: 'account', title: 'vcenters.account', text: (row) => row.serviceUser, share: 1.5 },
];
