import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { live } from '../../live/live';
import { Who } from '../../session/session';
import { State } from '../../table/state';
import { t } from '../../text/text';
import { loadHealth } from './client';

@Component({
    selector: 'p-about',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [State],
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
        }
    `,
})
export class About {
    protected readonly t = t;
    protected readonly who = inject(Who);
    protected readonly loaded = live(loadHealth);

    protected kind(): 'about.nobody' | 'about.administrator' | 'about.vsphere' {
        return `about.${this.who.session()?.kind ?? 'nobody'}`;
    }
}
