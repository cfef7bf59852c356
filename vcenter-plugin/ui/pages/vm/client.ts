import type { Api } from '../../api/api';
import type { Vm } from '../../api/types';
import type { ContextObject } from '../../bridge/bridge';
import type { TextKey } from '../../text/text';

export type Deed = 'enableClient' | 'enableServer' | 'disable';

export function loadVm(api: Api, object: ContextObject): Promise<Vm> {
    return api.get('/v1/vcenters/{vcenter}/vms/{moref}', { vcenter: object.vcenter, moref: object.moref });
}

export function carryOut(api: Api, object: ContextObject, deed: Deed): Promise<Vm> {
    const values = { vcenter: object.vcenter, moref: object.moref };
    if (deed === 'disable') return api.post('/v1/vcenters/{vcenter}/vms/{moref}/disable', undefined, values);
    const kind = deed === 'enableClient' ? 'client' : 'server';
    return api.post('/v1/vcenters/{vcenter}/vms/{moref}/enable', { kind }, values);
}

/** Why the appliance would refuse it, in its words; undefined where it would not. */
export function whyNot(vm: Vm, deed: Deed): string | undefined {
    const possible = vm[deed];
    return possible.possible ? undefined : (possible.reason ?? '');
}

export function kindOf(vm: Vm): TextKey {
    if (vm.member === undefined) return 'vm.notMember';
    return vm.member.kind === 'client' ? 'vm.client' : 'vm.server';
}
