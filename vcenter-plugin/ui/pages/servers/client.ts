import type { Api } from '../../api/api';
import type { ServerStatus } from '../../api/types';

export async function loadServers(api: Api): Promise<readonly ServerStatus[]> {
    return (await api.get('/v1/servers')).servers;
}

export function removeServer(api: Api, server: ServerStatus): Promise<unknown> {
    return api.delete('/v1/servers/{id}', { id: server.id }, server.vm?.vcenter);
}
