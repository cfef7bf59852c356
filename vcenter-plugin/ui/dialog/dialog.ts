import { ChangeDetectionStrategy, Component, input, output, signal } from '@angular/core';
import { ClrAlertModule } from '@clr/angular/emphasis/alert';
import { ClrModalModule } from '@clr/angular/modal';
import { reason } from '../live/live';
import { t, type TextKey } from '../text/text';

let dialogs = 0;

/** A question with a deed, in Clarity's modal: it keeps the focus inside, and Escape or its cross ask to close it. */
@Component({
    selector: 'p-dialog',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [ClrAlertModule, ClrModalModule],
    template: `
        <clr-modal
            [clrModalOpen]="open()"
            [clrModalPreventClose]="true"
            [clrModalCloseButtonAriaLabel]="t('action.close')"
            [clrModalLabelledById]="id"
            (clrModalAlternateClose)="close()"
        >
            <h2 class="modal-title p-dialog-title" [id]="id">{{ heading() }}</h2>
            <div class="modal-body">
                @if (failure(); as why) {
                    <clr-alert clrAlertType="danger" [clrAlertClosable]="false">
                        <clr-alert-item>
                            <span class="alert-text" role="alert">{{ why }}</span>
                        </clr-alert-item>
                    </clr-alert>
                }
                <div class="p-dialog-body"><ng-content /></div>
            </div>
            <div class="modal-footer">
                @if (whyNot(); as why) {
                    <span class="p-why" [id]="id + '-why'">{{ why }}</span>
                }
                <button type="button" class="btn btn-outline" [disabled]="busy()" (click)="close()">
                    {{ t(deed() === undefined ? 'action.close' : 'action.cancel') }}
                </button>
                @if (label(); as text) {
                    <button
                        type="button"
                        class="btn"
                        [class.btn-danger]="danger()"
                        [class.btn-primary]="!danger()"
                        [class.p-off]="whyNot() !== undefined"
                        [attr.aria-disabled]="whyNot() !== undefined || busy()"
                        [attr.aria-describedby]="whyNot() === undefined ? null : id + '-why'"
                        data-action="confirm"
                        (click)="confirm()"
                    >
                        {{ t(text) }}
                    </button>
                }
            </div>
        </clr-modal>
    `,
})
export class Dialog {
    readonly heading = input.required<string>();
    readonly label = input<TextKey | undefined>(undefined);
    readonly danger = input(false);
    readonly whyNot = input<string | undefined>(undefined);
    /** What the button does; the dialog stays open with the refusal when it fails. */
    readonly deed = input<(() => Promise<unknown>) | undefined>(undefined);
    readonly closed = output();
    protected readonly t = t;
    protected readonly id = `p-dialog-${++dialogs}`;
    protected readonly busy = signal(false);
    protected readonly failure = signal<string | undefined>(undefined);
    protected readonly open = signal(true);

    // Clarity's modal would close itself without telling Angular, which looks only where a signal changed.
    protected close(): void {
        if (this.busy()) return;
        this.open.set(false);
        this.closed.emit();
    }

    protected async confirm(): Promise<void> {
        const deed = this.deed();
        if (deed === undefined || this.busy() || this.whyNot() !== undefined) return;
        this.busy.set(true);
        this.failure.set(undefined);
        try {
            await deed();
        } catch (error) {
            return this.failure.set(reason(error));
        } finally {
            this.busy.set(false);
        }
        this.close();
    }
}
