import type { Api } from '../../api/api';
import type { Finding, Request, ServerCertificate, Vcenter } from '../../api/types';

export async function loadVcenters(api: Api): Promise<readonly Vcenter[]> {
    return (await api.get('/v1/vcenters')).vcenters;
}

export function showCertificate(api: Api, host: string, port: number): Promise<ServerCertificate> {
    return api.post('/v1/vcenters/certificate', { host, port });
}

export function addVcenter(api: Api, request: Request<'/v1/vcenters', 'post'>): Promise<Vcenter> {
    return api.post('/v1/vcenters', request);
}

export async function checkVcenter(api: Api, vcenter: Vcenter): Promise<readonly Finding[]> {
    return (await api.post('/v1/vcenters/{vcenter}/check', undefined, { vcenter: vcenter.id })).findings;
}

export async function repairVcenter(
    api: Api,
    vcenter: Vcenter,
    request: Request<'/v1/vcenters/{vcenter}/repair', 'post'>,
): Promise<readonly Finding[]> {
    return (await api.post('/v1/vcenters/{vcenter}/repair', request, { vcenter: vcenter.id })).findings;
}

export function removeVcenter(
    api: Api,
    vcenter: Vcenter,
    request: Request<'/v1/vcenters/{vcenter}/remove', 'post'>,
): Promise<unknown> {
    return api.post('/v1/vcenters/{vcenter}/remove', request, { vcenter: vcenter.id });
}
