import type { Api } from '../../api/api';
import type { LeaseStatus } from '../../api/types';

export async function loadLeases(api: Api): Promise<readonly LeaseStatus[]> {
    return (await api.get('/v1/leases')).leases;
}

export function endLease(api: Api, lease: LeaseStatus): Promise<unknown> {
    return api.delete('/v1/leases/{id}', { id: lease.claims.jti });
}

export function memoryOf(lease: LeaseStatus): number {
    return lease.claims.gpus.reduce((total, gpu) => total + gpu.memory, 0);
}
