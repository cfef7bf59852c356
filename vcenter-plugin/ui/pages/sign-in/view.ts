import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { Api } from '../../api/api';
import { Bridge } from '../../bridge/bridge';
import { reason } from '../../live/live';
import { Who } from '../../session/session';
import { t } from '../../text/text';
import { signIn } from './client';

@Component({
    selector: 'p-sign-in',
    changeDetection: ChangeDetectionStrategy.OnPush,
    template: `
        <form class="card p-form" (submit)="submit($event)">
            <div class="card-block">
                <h1>{{ t('signIn.title') }}</h1>
                @if (bridge.inVsphere) {
                    <p role="alert">{{ t('signIn.inVsphere') }}</p>
                } @else if (who.session()?.setUpNeeded) {
                    <p role="alert">{{ t('signIn.setUpFirst') }}</p>
                } @else {
                    <label class="clr-control-label" for="p-password">{{ t('signIn.password') }}</label>
                    <input
                        id="p-password"
                        #password
                        class="clr-input"
                        type="password"
                        autocomplete="current-password"
                        required
                        (input)="typed.set(password.value)"
                    />
                    @if (failure(); as why) {
                        <p class="p-error" role="alert">{{ why }}</p>
                    }
                    <button type="submit" class="btn btn-primary" [disabled]="busy()">{{ t('signIn.do') }}</button>
                }
            </div>
        </form>
    `,
})
export class SignIn {
    protected readonly t = t;
    protected readonly bridge = inject(Bridge);
    protected readonly who = inject(Who);
    protected readonly typed = signal('');
    protected readonly busy = signal(false);
    protected readonly failure = signal<string | undefined>(undefined);
    private readonly api = inject(Api);

    protected async submit(event: Event): Promise<void> {
        event.preventDefault();
        this.busy.set(true);
        this.failure.set(undefined);
        try {
            this.who.session.set(await signIn(this.api, this.typed()));
        } catch (error) {
            this.failure.set(reason(error));
        } finally {
            this.busy.set(false);
        }
    }
}
