import type { Api } from '../../api/api';
import type { ClientStatus } from '../../api/types';

export async function loadClients(api: Api): Promise<readonly ClientStatus[]> {
    return (await api.get('/v1/clients')).clients;
}

export function enableClient(api: Api, client: ClientStatus): Promise<unknown> {
    return api.post('/v1/clients/{id}/enable', undefined, { id: client.id }, client.vm?.vcenter);
}

export function disableClient(api: Api, client: ClientStatus): Promise<unknown> {
    return api.post('/v1/clients/{id}/disable', undefined, { id: client.id }, client.vm?.vcenter);
}

export function removeClient(api: Api, client: ClientStatus): Promise<unknown> {
    return api.delete('/v1/clients/{id}', { id: client.id }, client.vm?.vcenter);
}
