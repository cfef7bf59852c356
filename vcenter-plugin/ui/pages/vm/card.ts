import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import type { LeaseStatus, Vm } from '../../api/types';
import { live } from '../../live/live';
import { State } from '../../table/state';
import { bytes, t } from '../../text/text';
import { memoryOf } from '../leases/client';
import { kindOf, loadVm } from './client';
import { Bridge } from '../../bridge/bridge';

@Component({
    selector: 'p-vm-card',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [State],
    template: `
        <h1 class="p-only-read">{{ t('vm.title') }}</h1>
        <p-state [of]="loaded.value()" (again)="loaded.again()" />
        @let now = loaded.value();
        @if (now.state === 'ready' || now.state === 'stale') {
            <dl class="p-facts">
                <dt>{{ t('vm.member') }}</dt>
                <dd>{{ memberText(now.value) }}</dd>
                <dt>{{ t('vm.gpus') }}</dt>
                <dd>
                    @for (gpu of now.value.gpus; track $index) {
                        <div>{{ gpu.name }}</div>
                    } @empty {
                        {{ t('none') }}
                    }
                </dd>
                <dt>{{ t('vm.leases') }}</dt>
                <dd>
                    @for (lease of now.value.leases; track lease.claims.jti) {
                        <div>{{ leaseText(lease) }}</div>
                    } @empty {
                        {{ t('none') }}
                    }
                </dd>
                @if (now.value.handOver; as handOver) {
                    <dt>{{ t('vm.handOver') }}</dt>
                    <dd>{{ handOver.text }}</dd>
                }
            </dl>
        }
    `,
})
export class VmCard {
    protected readonly t = t;
    private readonly context = inject(Bridge).context;
    protected readonly loaded = live((api) =>
        this.context ? loadVm(api, this.context) : Promise.reject(new Error(t('vm.noObject'))),
    );

    protected memberText(vm: Vm): string {
        const kind = t(kindOf(vm));
        return vm.member?.enabled === false ? t('vm.disabledMember', { kind }) : kind;
    }

    protected leaseText(lease: LeaseStatus): string {
        return t('vm.leaseRow', {
            gpus: lease.claims.gpus.length,
            server: lease.server,
            memory: bytes(memoryOf(lease)),
            user: lease.claims.user,
        });
    }
}
