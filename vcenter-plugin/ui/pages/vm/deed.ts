import { ChangeDetectionStrategy, Component, inject, input, signal } from '@angular/core';
import { ClrAlertModule } from '@clr/angular/emphasis/alert';
import { Api, Refusal } from '../../api/api';
import type { Vm } from '../../api/types';
import { Bridge } from '../../bridge/bridge';
import { live, reason } from '../../live/live';
import { Who } from '../../session/session';
import { State } from '../../table/state';
import { t, type TextKey } from '../../text/text';
import { carryOut, loadVm, whyNot, type Deed } from './client';

/** What the VM's context menu opens: the vSphere Client draws the modal's frame, this page its inside. */
@Component({
    selector: 'p-vm-deed',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [ClrAlertModule, State],
    template: `
        <h1 class="p-only-read">{{ t(label()) }}</h1>
        <p-state [of]="loaded.value()" (again)="loaded.again()" />
        @let now = loaded.value();
        @if (now.state === 'ready' || now.state === 'stale') {
            @if (failure(); as why) {
                <clr-alert clrAlertType="danger" [clrAlertClosable]="false">
                    <clr-alert-item>
                        <span class="alert-text" role="alert">{{ why }}</span>
                    </clr-alert-item>
                </clr-alert>
            }
            @if (asked()) {
                <p role="status">{{ told(now.value) }}</p>
            } @else {
                <p>{{ t(text(), { name: now.value.name }) }}</p>
                @if (refused(now.value); as why) {
                    <p id="p-why">{{ why }}</p>
                }
            }
            <div class="p-dialog-foot">
                <button type="button" class="btn btn-outline" (click)="bridge.close()">
                    {{ t(asked() ? 'action.close' : 'action.cancel') }}
                </button>
                @if (!asked()) {
                    <button
                        type="button"
                        class="btn"
                        [class.btn-danger]="deed() === 'disable'"
                        [class.btn-primary]="deed() !== 'disable'"
                        [class.p-off]="refused(now.value) !== undefined"
                        [attr.aria-disabled]="refused(now.value) !== undefined || busy()"
                        [attr.aria-describedby]="refused(now.value) === undefined ? null : 'p-why'"
                        data-action="confirm"
                        (click)="carryOut(now.value)"
                    >
                        {{ t(label()) }}
                    </button>
                }
            </div>
        }
    `,
})
export class VmDeed {
    readonly deed = input.required<Deed>();
    protected readonly t = t;
    protected readonly bridge = inject(Bridge);
    protected readonly asked = signal(false);
    protected readonly busy = signal(false);
    protected readonly failure = signal<string | undefined>(undefined);
    private readonly api = inject(Api);
    private readonly who = inject(Who);
    protected readonly loaded = live((api) =>
        this.bridge.context ? loadVm(api, this.bridge.context) : Promise.reject(new Error(t('vm.noObject'))),
    );

    protected label(): TextKey {
        return `vm.${this.deed()}`;
    }

    protected text(): TextKey {
        return `vm.${this.deed()}Text`;
    }

    /** How it goes on: a VM is put out at once, while letting one in waits for its guest. */
    protected told(vm: Vm): string {
        if (this.deed() === 'disable') return t('vm.disabled', { name: vm.name });
        return vm.handOver?.text ?? t('vm.asked');
    }

    protected refused(vm: Vm): string | undefined {
        return this.lacks(vm) ?? whyNot(vm, this.deed());
    }

    // A user of the vSphere Client may have on this VM what he lacks on the root folder, which is all that we know of
    // him; the menu showed this deed to him, and the appliance judges by the VM.
    private lacks(vm: Vm): string | undefined {
        if (this.bridge.inVsphere) return undefined;
        const ofServer = this.deed() === 'enableServer' || (this.deed() === 'disable' && vm.member?.kind === 'server');
        return this.who.lacks('ManageClients') ?? (ofServer ? this.who.lacks('ManageServers') : undefined);
    }

    /** The appliance names the object by its id; here its name is known. */
    private inWords(error: unknown, vm: Vm): string {
        const why = reason(error);
        const privilege = why.match(/io\.penstock\.vsphere\.(\w+)/)?.[1];
        return error instanceof Refusal && error.code === 'privilege_missing' && privilege !== undefined
            ? t('vm.lacks', { name: vm.name, privilege })
            : why;
    }

    protected async carryOut(vm: Vm): Promise<void> {
        const object = this.bridge.context;
        if (object === undefined || this.busy() || this.refused(vm) !== undefined) return;
        this.busy.set(true);
        this.failure.set(undefined);
        try {
            await carryOut(this.api, object, this.deed());
            this.asked.set(true);
            this.loaded.again();
        } catch (error) {
            this.failure.set(this.inWords(error, vm));
        } finally {
            this.busy.set(false);
        }
    }
}
