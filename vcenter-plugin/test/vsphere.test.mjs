// The UI inside an emulated vSphere Client: proxy prefix, session token, themes, context menu, modals, other origins.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client as enrolled, fresh, host, lease, server, VCENTER, vm } from './api/answers.mjs';
import { startApi } from './api/api.mjs';
import { startHost } from './host/host.mjs';
import { accessibilityFaults, launch, openPage, picture } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const VM = `urn:vmomi:VirtualMachine:vm-58:${VCENTER}`;

async function inVsphere(over, deed, hostOptions = {}) {
    const state = fresh({
        signedIn: false,
        servers: [server(1, 2)],
        clients: [enrolled(1)],
        leases: [lease(1)],
        vms: { 'vm-58': vm('vm-58') },
        hosts: { 'host-9': host('host-9') },
        ...over,
    });
    const api = await startApi(state);
    const client = await startHost({
        backend: `http://127.0.0.1:${api.port}`,
        token: 'token-1',
        vcenter: VCENTER,
        ...hostOptions,
    });
    const page = await openPage(browser);
    try {
        await page.goto(client.url);
        await deed({ page, state, client, frame: page.frameLocator('iframe').last() });
        assert.deepEqual(page.faults, []);
        assert.deepEqual(state.breaches, []);
    } finally {
        await page.context().close();
        client.close();
        api.close();
    }
}

test('the global view asks through the proxy with the token and the vCenter, and follows the theme', () =>
    inVsphere({}, async ({ page, state, frame }) => {
        await frame.locator('[data-tile=gpus]').waitFor();
        const asked = state.seen.find((each) => each.id === 'overview').headers;
        assert.equal(asked['vmware-api-session-id'], 'token-1');
        assert.equal(asked['penstock-vcenter'], VCENTER);
        await picture(page, 'in-vsphere-light');
        await page.evaluate(() => emulated.theme('dark'));
        await frame.locator('body[cds-theme=dark]').waitFor();
        await picture(page, 'in-vsphere-dark');
        assert.deepEqual(await accessibilityFaults(page.frames()[1]), []);
    }));

test('of linked vCenters the appliance is told whose client this is, and what each call is about', () => {
    const other = '9c2d7a5e-1111-4222-8333-444455556666';
    const elsewhere = { ...enrolled(1), vm: { vcenter: other, moref: 'vm-3', name: 'ml3' } };
    return inVsphere(
        { clients: [elsewhere] },
        async ({ state, frame }) => {
            await frame.locator('[data-tile=gpus]').waitFor();
            const asked = state.seen.find((each) => each.id === 'overview').headers;
            assert.equal(asked['penstock-vcenter'], `${VCENTER},${other}`);
            assert.equal(asked['vmware-api-gateway-url'], 'https://vcenter.example.com/api/ui');
            await frame.locator('nav a[href="#/clients"]').click();
            await frame.locator('.p-data').first().click();
            await frame.locator('[data-action=disable][aria-disabled=false]').click();
            state.vcenterId = other;
            await frame.locator('[data-action=confirm][aria-disabled=false]').click();
            await frame.locator('[role=dialog]').waitFor({ state: 'detached' });
            const disabled = state.seen.find((each) => each.id === 'disableClient').headers;
            assert.equal(disabled['penstock-vcenter'], other);
        },
        { linked: [other] },
    );
});

test('an expired token asks to sign in to the client again, a renewed one goes on', () =>
    inVsphere({}, async ({ page, state, frame }) => {
        await frame.locator('[data-tile=gpus]').waitFor();
        state.token = 'token-2';
        state.version++;
        await frame.getByText('Your vSphere session is not accepted').waitFor({ timeout: 30_000 });
        await page.evaluate(() => (emulated.token('token-2'), emulated.refresh()));
        await frame.locator('[data-tile=gpus]').waitFor();
    }));

test('the context menu lets a VM in, and the modal closes', () =>
    inVsphere({}, async ({ page, state, frame }) => {
        assert.deepEqual(await page.evaluate((id) => emulated.menu('VirtualMachine', id), VM), [
            'enableClient',
            'enableServer',
            'disable',
        ]);
        assert.deepEqual(state.seen.find((each) => each.id === 'pluginVisibility').body, { objectIds: [VM] });
        await page.evaluate((id) => emulated.card('VirtualMachine', id), VM);
        await page.evaluate((id) => emulated.openMenu('VirtualMachine', id), VM);
        await picture(page, 'menu-light');
        await page.getByRole('button', { name: 'Enable for Penstock', exact: true }).click();
        await frame.locator('[data-action=confirm]').waitFor();
        await picture(page, 'modal-enable-light');
        await frame.locator('[data-action=confirm]').click();
        await frame.getByText('Offered; waiting for the guest.').waitFor();
        assert.deepEqual(state.seen.find((each) => each.id === 'enableVm').values, {
            vcenter: VCENTER,
            moref: 'vm-58',
        });
        await frame.getByRole('button', { name: 'Close' }).click();
        await page.waitForFunction(() => !emulated.modalOpen());
    }));

test('what the appliance would refuse says why in its words', () =>
    inVsphere({}, async ({ page, frame }) => {
        await page.evaluate((id) => emulated.choose('VirtualMachine', 'disable', id), VM);
        await frame.getByText('The VM train-58 is not in the pool.').waitFor();
        assert.equal(await frame.locator('[data-action=confirm]').getAttribute('aria-disabled'), 'true');
    }));

test('the cards of a VM and a host tell of theirs', () =>
    inVsphere({}, async ({ page, frame }) => {
        await page.evaluate((id) => emulated.card('VirtualMachine', id), VM);
        await frame.getByText('Not in the pool').waitFor();
        await picture(page, 'card-vm-light');
        await page.evaluate((id) => emulated.card('HostSystem', id), `urn:vmomi:HostSystem:host-9:${VCENTER}`);
        await frame.getByText('NVIDIA H100').waitFor();
        await picture(page, 'card-host-light');
    }));

test('a VM that holds a GPU is let in as a server', () =>
    inVsphere(
        {
            vms: {
                'vm-58': vm('vm-58', {
                    gpus: [{ kind: 'passthrough', name: 'NVIDIA H100' }],
                    enableServer: { possible: true },
                }),
            },
        },
        async ({ page, state, frame }) => {
            await page.evaluate((id) => emulated.choose('VirtualMachine', 'enableServer', id), VM);
            await frame.locator('[data-action=confirm][aria-disabled=false]').click();
            await frame.getByText('Offered; waiting for the guest.').waitFor();
            assert.deepEqual(state.seen.find((each) => each.id === 'enableVm').body, { kind: 'server' });
        },
    ));

const member = () =>
    vm('vm-58', {
        member: { kind: 'client', id: 'c58', enabled: true },
        enableClient: { possible: false, reason: 'The VM train-58 is in the pool already.' },
        disable: { possible: true },
        leases: [lease(58)],
    });

test('a VM in the pool is disabled from its menu', () =>
    inVsphere({ vms: { 'vm-58': member() } }, async ({ page, state, frame }) => {
        await page.evaluate((id) => emulated.card('VirtualMachine', id), VM);
        await frame.getByText('Client', { exact: true }).waitFor();
        await picture(page, 'card-vm-member-light');
        await page.evaluate((id) => emulated.choose('VirtualMachine', 'disable', id), VM);
        await frame.locator('[data-action=confirm][aria-disabled=false]').waitFor();
        await page.evaluate(() => emulated.theme('dark'));
        await picture(page, 'modal-disable-dark');
        await frame.locator('[data-action=confirm]').click();
        await frame.getByText('is out of the pool').waitFor();
        assert.equal(
            await frame.getByText('Revokes the certificate').count(),
            0,
            'what is done is not announced any more',
        );
        assert.equal(state.vms['vm-58'].member, undefined);
    }));

test('who has rights on one VM only sees its card, and the card follows by the clock', () =>
    inVsphere({ privileges: [], ofObject: ['View', 'ManageClients'] }, async ({ page, state, frame }) => {
        await frame.getByText('lacks the privilege Penstock › View').waitFor();
        await page.evaluate((id) => emulated.card('VirtualMachine', id), VM);
        await frame.getByText('Not in the pool').waitFor();
        state.vms['vm-58'] = member();
        await frame.getByText('Client', { exact: true }).waitFor();
        await page.evaluate((id) => emulated.choose('VirtualMachine', 'disable', id), VM);
        await frame.locator('[data-action=confirm][aria-disabled=false]').click();
        await frame.getByText('is out of the pool').waitFor();
    }));

test('what the appliance refuses after all is said in the modal', () =>
    inVsphere({ vms: { 'vm-58': member() }, broken: ['disableVm'] }, async ({ page, frame }) => {
        await page.evaluate((id) => emulated.choose('VirtualMachine', 'disable', id), VM);
        await frame.locator('[data-action=confirm][aria-disabled=false]').click();
        await frame.locator('.alert-danger', { hasText: 'The store does not answer.' }).waitFor();
        const [foot, inside] = [
            await frame.locator('.p-dialog-foot').boundingBox(),
            await page.locator('.modal iframe').boundingBox(),
        ];
        assert.ok(inside.y + inside.height - (foot.y + foot.height) < 24, 'the buttons are at the foot');
    }));

test('a client that never answers leaves a sentence, not a blank page', () =>
    inVsphere(
        {},
        async ({ page, frame }) => {
            await frame.getByText('The vSphere Client did not initialise the plug-in in 5000 ms.').waitFor();
            await picture(page, 'silent-light');
        },
        { silent: true },
    ));

test('a proxy that cuts long questions does not make the view stale', () =>
    inVsphere(
        {},
        async ({ page, state, client, frame }) => {
            await frame.locator('[data-tile=gpus]').waitFor();
            await page.waitForTimeout(5000);
            assert.ok(client.state.cuts > 0);
            assert.equal(await frame.locator('[data-state=stale]').count(), 0);
            state.servers = [];
            state.version++;
            await frame.locator('[data-tile=servers] .p-figure', { hasText: '0' }).waitFor();
        },
        { cutMilliseconds: 1500 },
    ));
