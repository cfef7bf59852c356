import {
    afterNextRender,
    ChangeDetectionStrategy,
    Component,
    ElementRef,
    input,
    output,
    signal,
    viewChild,
} from '@angular/core';
import { reason } from '../live/live';
import { t, type TextKey } from '../text/text';

let dialogs = 0;

/** A question with a deed. The browser keeps the focus inside and closes it by Escape. */
@Component({
    selector: 'p-dialog',
    changeDetection: ChangeDetectionStrategy.OnPush,
    template: `
        <dialog
            #box
            class="p-dialog"
            [attr.aria-labelledby]="id"
            (close)="closed.emit()"
            (cancel)="refuseWhileBusy($event)"
        >
            <h2 class="p-dialog-title" [id]="id">{{ heading() }}</h2>
            <div class="p-dialog-body">
                @if (failure(); as why) {
                    <div class="alert alert-danger" role="alert">
                        <div class="alert-items">
                            <div class="alert-item static">
                                <span class="alert-text">{{ why }}</span>
                            </div>
                        </div>
                    </div>
                }
                <ng-content />
            </div>
            <div class="p-dialog-foot">
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
        </dialog>
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
    private readonly box = viewChild.required<ElementRef<HTMLDialogElement>>('box');

    constructor() {
        afterNextRender(() => this.box().nativeElement.showModal());
    }

    protected refuseWhileBusy(event: Event): void {
        if (this.busy()) event.preventDefault();
    }

    protected close(): void {
        this.box().nativeElement.close();
    }

    protected async confirm(): Promise<void> {
        const deed = this.deed();
        if (deed === undefined || this.busy() || this.whyNot() !== undefined) return;
        this.busy.set(true);
        this.failure.set(undefined);
        try {
            await deed();
            this.close();
        } catch (error) {
            this.failure.set(reason(error));
        } finally {
            this.busy.set(false);
        }
    }
}
