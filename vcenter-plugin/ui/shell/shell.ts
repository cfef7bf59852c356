import { ChangeDetectionStrategy, Component, computed, effect, inject, signal, untracked } from '@angular/core';
import { ClrAlertModule } from '@clr/angular/emphasis/alert';
import { Bridge } from '../bridge/bridge';
import { Live } from '../live/live';
import { About } from '../pages/about/view';
import { Clients } from '../pages/clients/view';
import { Gpus } from '../pages/gpus/view';
import { HostCard } from '../pages/host/card';
import { Leases } from '../pages/leases/view';
import { Overview } from '../pages/overview/view';
import { Servers } from '../pages/servers/view';
import { SetUp } from '../pages/set-up/view';
import { SignIn } from '../pages/sign-in/view';
import { Vcenters } from '../pages/vcenters/view';
import { VmCard } from '../pages/vm/card';
import { VmDeed } from '../pages/vm/deed';
import { Who } from '../session/session';
import { speak, t } from '../text/text';
import { NAVIGATION, routeOf } from './route';

@Component({
    selector: 'penstock-shell',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [
        ClrAlertModule,
        About,
        Clients,
        Gpus,
        HostCard,
        Leases,
        Overview,
        Servers,
        SetUp,
        SignIn,
        Vcenters,
        VmCard,
        VmDeed,
    ],
    templateUrl: './shell.html',
})
export class Shell {
    protected readonly t = t;
    protected readonly bridge = inject(Bridge);
    protected readonly who = inject(Who);
    protected readonly route = signal(routeOf(location.search, location.hash));
    protected readonly framed = computed(() => /^(vm|host)/.test(this.route().page));
    // In the vSphere Client most people may not see the page of vCenters at all; a privileged person may.
    protected readonly links = computed(() =>
        NAVIGATION.filter((link) => link.page !== 'vcenters' || !this.bridge.inVsphere || this.who.may('ManagePool')),
    );

    constructor() {
        speak(this.bridge.locale);
        const live = inject(Live);
        addEventListener('hashchange', () => this.route.set(routeOf(location.search, location.hash)));
        effect(() => document.body.setAttribute('cds-theme', this.bridge.theme()));
        effect(() => {
            if (!this.who.signedIn()) live.stop();
            else if (this.who.may('View')) live.start();
            // Who may look at one VM or host only may not be told of changes in the pool: the card asks by the clock.
            else if (this.framed()) live.tick();
            else live.stop();
        });
        effect(() => {
            this.bridge.refreshes();
            untracked(() => void this.who.ask());
        });
    }

    // The fragment names the page, so a link into the page cannot be one.
    protected skip(event: Event): void {
        event.preventDefault();
        document.getElementById('p-content')?.focus();
    }
}
