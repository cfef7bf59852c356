import { ChangeDetectionStrategy, Component, computed, input, output } from '@angular/core';
import { ClrAlertModule } from '@clr/angular/emphasis/alert';
import type { Loaded } from '../live/live';
import { t, time } from '../text/text';

/** Says how old what a page shows is, or why it shows nothing. */
@Component({
    selector: 'p-state',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [ClrAlertModule],
    template: `
        @switch (of().state) {
            @case ('loading') {
                <div class="p-loading" role="status">
                    <span class="spinner spinner-inline" aria-hidden="true"></span>
                    <span>{{ t('state.loading') }}</span>
                </div>
            }
            @case ('failed') {
                <clr-alert clrAlertType="danger" [clrAlertClosable]="false" data-state="failed">
                    <clr-alert-item>
                        <span class="alert-text" role="alert">{{ t('state.failed', { why: why() }) }}</span>
                        <div class="alert-actions">
                            <button type="button" class="btn alert-action" data-action="again" (click)="again.emit()">
                                {{ t('state.again') }}
                            </button>
                        </div>
                    </clr-alert-item>
                </clr-alert>
            }
            @case ('stale') {
                <clr-alert clrAlertType="warning" [clrAlertClosable]="false" data-state="stale">
                    <clr-alert-item>
                        <span class="alert-text" role="alert">{{ t('state.stale', { why: why(), at: at() }) }}</span>
                    </clr-alert-item>
                </clr-alert>
            }
        }
    `,
})
export class State {
    readonly of = input.required<Loaded<unknown>>();
    readonly again = output();
    protected readonly t = t;
    protected readonly why = computed(() => {
        const of = this.of();
        return 'why' in of ? of.why : '';
    });
    protected readonly at = computed(() => {
        const of = this.of();
        return 'at' in of ? time(of.at) : '';
    });
}
