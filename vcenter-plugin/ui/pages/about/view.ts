import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { Bridge } from '../../bridge/bridge';
import { live } from '../../live/live';
import { Who } from '../../session/session';
import { State } from '../../table/state';
import { t } from '../../text/text';
import { loadHealth } from './client';
import { Password } from './password';

@Component({
    selector: 'p-about',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Password, State],
    template: `
        <h1>{{ t('about.title') }}</h1>
        <p-state [of]="loaded.value()" (again)="loaded.again()" />
        @let now = loaded.value();
        @if (now.state === 'ready' || now.state === 'stale') {
            <dl class="p-facts">
                <dt>{{ t('about.version') }}</dt>
                <dd>{{ now.value.version }}</dd>
                <dt>{{ t('about.you') }}</dt>
                <dd>{{ who.session()?.name ?? t(kind()) }}</dd>
                <dt>{{ t('about.privileges') }}</dt>
                <dd>{{ who.session()?.privileges?.join(', ') || t('none') }}</dd>
                <dt>{{ t('about.licence') }}</dt>
                <dd>{{ t('about.licenceText') }}</dd>
            </dl>
            @if (who.session()?.kind === 'administrator' && !bridge.inVsphere) {
                <p>
                    <button type="button" class="btn btn-outline" data-action="password" (click)="asked.set(true)">
                        {{ t('password.do') }}
                    </button>
                </p>
                @if (changed()) {
                    <p role="status">{{ t('password.changed') }}</p>
                }
            }
            @if (asked()) {
                <p-password (closed)="done($event)" />
            }
        }
    `,
})
export class About {
    protected readonly t = t;
    protected readonly who = inject(Who);
    protected readonly bridge = inject(Bridge);
    protected readonly asked = signal(false);
    protected readonly changed = signal(false);
    protected readonly loaded = live(loadHealth);

    protected done(changed: boolean): void {
        this.asked.set(false);
        this.changed.set(changed);
    }

    protected kind(): 'about.nobody' | 'about.administrator' | 'about.vsphere' {
        return `about.${this.who.session()?.kind ?? 'nobody'}`;
    }
}
