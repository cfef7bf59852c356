import { ChangeDetectionStrategy, Component, computed, input, output } from '@angular/core';
import type { Loaded } from '../live/live';
import { t, time } from '../text/text';

/** Says how old what a page shows is, or why it shows nothing. */
@Component({
    selector: 'p-state',
    changeDetection: ChangeDetectionStrategy.OnPush,
    template: `
        @switch (of().state) {
            @case ('loading') {
                <div class="p-loading" role="status">
                    <span class="spinner spinner-inline" aria-hidden="true"></span>
                    <span>{{ t('state.loading') }}</span>
                </div>
            }
            @case ('failed') {
                <div class="alert alert-danger" role="alert" data-state="failed">
                    <div class="alert-items">
                        <div class="alert-item static">
                            <span class="alert-text">{{ t('state.failed', { why: why() }) }}</span>
                            <div class="alert-actions">
                                <button type="button" class="btn alert-action" (click)="again.emit()">
                                    {{ t('state.again') }}
                                </button>
                            </div>
                        </div>
                    </div>
                </div>
            }
            @case ('stale') {
                <div class="alert alert-warning" role="alert" data-state="stale">
                    <div class="alert-items">
                        <div class="alert-item static">
                            <span class="alert-text">{{ t('state.stale', { why: why(), at: at() }) }}</span>
                        </div>
                    </div>
                </div>
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
