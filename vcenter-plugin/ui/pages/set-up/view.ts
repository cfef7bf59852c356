import { ChangeDetectionStrategy, Component, inject, input, signal } from '@angular/core';
import { Api } from '../../api/api';
import { reason } from '../../live/live';
import { Who } from '../../session/session';
import { t } from '../../text/text';
import { faultOf, setUp } from './client';

@Component({
    selector: 'p-set-up',
    changeDetection: ChangeDetectionStrategy.OnPush,
    template: `
        <form class="card p-form" (submit)="submit($event, first.value, second.value)">
            <div class="card-block">
                <h1>{{ t('setUp.title') }}</h1>
                <label class="clr-control-label" for="p-first">{{ t('setUp.password') }}</label>
                <input id="p-first" #first class="clr-input" type="password" autocomplete="new-password" />
                <label class="clr-control-label" for="p-second">{{ t('setUp.repeat') }}</label>
                <input id="p-second" #second class="clr-input" type="password" autocomplete="new-password" />
                @if (failure(); as why) {
                    <p class="p-error" role="alert">{{ why }}</p>
                }
                <button type="submit" class="btn btn-primary" [disabled]="busy()">{{ t('setUp.do') }}</button>
            </div>
        </form>
    `,
})
export class SetUp {
    readonly secret = input.required<string>();
    protected readonly t = t;
    protected readonly busy = signal(false);
    protected readonly failure = signal<string | undefined>(undefined);
    private readonly api = inject(Api);
    private readonly who = inject(Who);

    protected async submit(event: Event, first: string, second: string): Promise<void> {
        event.preventDefault();
        const fault = faultOf(first, second);
        if (fault) return this.failure.set(t(fault));
        this.busy.set(true);
        this.failure.set(undefined);
        try {
            const session = await setUp(this.api, this.secret(), first);
            // The secret is used up; it should not stay in the address bar either.
            location.hash = '#/overview';
            this.who.session.set(session);
        } catch (error) {
            this.failure.set(reason(error));
        } finally {
            this.busy.set(false);
        }
    }
}
