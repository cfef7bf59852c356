import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { Bridge } from '../../bridge/bridge';
import { live } from '../../live/live';
import { State } from '../../table/state';
import { t } from '../../text/text';
import { holdersOf, loadHost } from './client';

@Component({
    selector: 'p-host-card',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [State],
    template: `
        <h1 class="p-only-read">{{ t('vm.title') }}</h1>
        <p-state [of]="loaded.value()" (again)="loaded.again()" />
        @let now = loaded.value();
        @if (now.state === 'ready' || now.state === 'stale') {
            @if (now.value.gpus.length === 0) {
                <p>{{ t('host.noGpu') }}</p>
            } @else {
                <table class="table table-compact">
                    <thead>
                        <tr>
                            <th scope="col">{{ t('host.gpu') }}</th>
                            <th scope="col">{{ t('host.passthrough') }}</th>
                            <th scope="col">{{ t('host.heldBy') }}</th>
                        </tr>
                    </thead>
                    <tbody>
                        @for (gpu of now.value.gpus; track gpu.pciId) {
                            <tr>
                                <td>{{ gpu.name }}</td>
                                <td>{{ passthrough(gpu.passthrough) }}</td>
                                <td>{{ holdersOf(gpu) || t('none') }}</td>
                            </tr>
                        }
                    </tbody>
                </table>
            }
        }
    `,
})
export class HostCard {
    protected readonly t = t;
    protected readonly holdersOf = holdersOf;
    private readonly context = inject(Bridge).context;
    protected readonly loaded = live((api) =>
        this.context ? loadHost(api, this.context) : Promise.reject(new Error(t('vm.noObject'))),
    );

    protected passthrough(state: 'impossible' | 'off' | 'after_reboot' | 'on'): string {
        return t(`host.${state}`);
    }
}
