import type { Api } from '../../api/api';
import type { GpuStatus, ServerStatus } from '../../api/types';

export interface GpuRow {
    readonly status: GpuStatus;
    readonly server: ServerStatus;
}

export async function loadGpus(api: Api): Promise<readonly GpuRow[]> {
    const { servers } = await api.get('/v1/servers');
    return servers.flatMap((server) => server.gpus.map((status) => ({ status, server })));
}
