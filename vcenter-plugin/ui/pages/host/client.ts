import type { Api } from '../../api/api';
import type { Host } from '../../api/types';
import type { ContextObject } from '../../bridge/bridge';

export function loadHost(api: Api, object: ContextObject): Promise<Host> {
    return api.get('/v1/vcenters/{vcenter}/hosts/{moref}', { vcenter: object.vcenter, moref: object.moref });
}

export function holdersOf(gpu: Host['gpus'][number]): string {
    return gpu.heldBy.map((vm) => vm.name).join(', ');
}
