import type { ClientStatus } from '../../api/types';
import type { Column } from '../../table/column';
import { t, time } from '../../text/text';

export const columns: readonly Column<ClientStatus>[] = [
    { id: 'name', title: 'clients.name', text: (row) => row.name, share: 1.5 },
    {
        id: 'state',
        title: 'clients.state',
        text: (row) => t(row.enabled ? 'clients.enabled' : row.offered ? 'clients.offered' : 'clients.disabled'),
        tone: (row) => (row.enabled ? 'success' : 'warning'),
    },
    { id: 'vm', title: 'clients.vm', text: (row) => row.vm?.name ?? t('none'), share: 1.5 },
    {
        id: 'enrolled',
        title: 'clients.enrolled',
        text: (row) => time(row.enrolled),
        sort: (row) => row.enrolled,
        share: 1.7,
    },
    {
        id: 'expires',
        title: 'clients.expires',
        text: (row) => time(row.certificateExpires),
        sort: (row) => row.certificateExpires,
        share: 1.7,
    },
];
