// What an administrator does in the UI stand-alone, and what each view shows while it waits and when it fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { alone as aloneIn, pool } from './alone.mjs';
import { fresh, VCENTER, vcenter } from './api/answers.mjs';
import { accessibilityFaults, launch, picture } from './browser.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());
const alone = (...rest) => aloneIn(browser, ...rest);

/** Selects a row, presses an action, and leaves the dialog open. */
async function ask(page, action, row = 0) {
    await page.locator('.p-data').nth(row).click();
    await page.locator(`[data-action=${action}][aria-disabled=false]`).click();
    await page.waitForSelector('[role=dialog]');
}
const confirm = (page) => page.locator('[data-action=confirm][aria-disabled=false]').click();
const closed = (page) => page.waitForSelector('[role=dialog]', { state: 'detached' });
const bodyOf = (state, id) => state.seen.findLast((each) => each.id === id)?.body;

const deeds = [
    ['a server is removed', '#/servers', 'remove', (state) => !state.servers.some((each) => each.id === 's0')],
    ['a lease is ended', '#/leases', 'end', (state) => !state.leases.some((each) => each.claims.jti === 'lease-0')],
    ['a client is removed', '#/clients', 'remove', (state) => !state.clients.some((each) => each.id === 'c0')],
    [
        'a disabled client that is a VM is offered to come in',
        '#/clients',
        'enable',
        (state) => state.clients[4].offered,
        4,
    ],
];
for (const [name, where, action, done, row] of deeds) {
    test(name, () => {
        const state = pool();
        return alone(state, where, async (page) => {
            await page.waitForSelector('.p-data');
            const text = await page
                .locator('.p-data')
                .nth(row ?? 0)
                .innerText();
            await ask(page, action, row);
            assert.equal(done(state), false);
            await confirm(page);
            await closed(page);
            assert.equal(done(state), true);
            await page.waitForFunction(
                ([at, old]) => document.querySelectorAll('.p-data')[at].innerText !== old,
                [row ?? 0, text],
            );
        });
    });
}

test('a disabled client that is no VM is accepted again', () => {
    const state = pool();
    delete state.clients[4].vm;
    return alone(state, '#/clients', async (page) => {
        await page.waitForSelector('.p-data');
        await ask(page, 'enable', 4);
        await page.getByText('It may lease GPUs again at once.').waitFor();
        await confirm(page);
        await closed(page);
        assert.equal(state.clients[4].enabled, true);
    });
});

test('a deed that is refused says so in the dialog, and Escape leaves it undone', () => {
    const state = pool({ broken: ['deleteServer'] });
    return alone(state, '#/servers', async (page) => {
        await page.waitForSelector('.p-data');
        await ask(page, 'remove');
        await confirm(page);
        await page.getByText('The store does not answer.').waitFor();
        await picture(page, 'refused-light');
        await page.keyboard.press('Escape');
        await closed(page);
        assert.equal(state.servers.length, 9);
        assert.equal(await page.evaluate(() => document.activeElement?.dataset.action), 'remove');
    });
});

for (const theme of ['light', 'dark']) {
    test(`a vCenter is checked and repaired, in the ${theme} theme`, () => {
        const state = pool();
        return alone(
            state,
            '#/vcenters',
            async (page) => {
                await page.waitForSelector('.p-data');
                await ask(page, 'check');
                await page.getByText('Tasks › Create task is missing.').waitFor();
                await page.getByText('To do: Repair with an administrator.').waitFor();
                await picture(page, `vcenter-check-${theme}`);
                assert.deepEqual(await accessibilityFaults(page), []);
                await page.keyboard.press('Escape');
                await closed(page);
                await ask(page, 'repair');
                await page.fill('#p-user', 'root');
                await page.fill('#p-password', 'secret');
                await picture(page, `vcenter-repair-${theme}`);
                assert.deepEqual(await accessibilityFaults(page), []);
                await confirm(page);
                await closed(page);
                assert.deepEqual(bodyOf(state, 'repairVcenter'), { user: 'root', password: 'secret' });
            },
            theme,
        );
    });
}

test('a check that fails says why', () =>
    alone(pool({ broken: ['checkVcenter'] }), '#/vcenters', async (page) => {
        await page.waitForSelector('.p-data');
        await ask(page, 'check');
        await page.getByText('The store does not answer.').waitFor();
    }));

test('a vCenter is removed, even one that does not answer', () => {
    const state = pool({ vcenters: [{ ...vcenter(), state: 'unreachable', stateText: 'No route to vc01.' }] });
    return alone(state, '#/vcenters', async (page) => {
        await page.waitForSelector('.p-data');
        await ask(page, 'remove');
        await page.check('.p-check input');
        await picture(page, 'vcenter-remove-light');
        await confirm(page);
        await page.waitForSelector('p-vcenters .p-empty');
        assert.deepEqual(bodyOf(state, 'removeVcenter'), { forget: true });
        assert.deepEqual(state.vcenters, []);
    });
});

test('the password is changed by whoever knows the present one', () => {
    const state = pool({ password: 'the present one' });
    return alone(state, '#/about', async (page) => {
        await page.click('[data-action=password]');
        const submit = page.locator('[data-action=confirm]');
        assert.equal(await submit.getAttribute('aria-disabled'), 'true');
        await page.fill('#p-current', 'a wrong one');
        await page.fill('#p-first', 'short');
        await page.fill('#p-second', 'shorter');
        await page.getByText('The two passwords differ.').waitFor();
        await page.fill('#p-second', 'short');
        await confirm(page);
        await page.getByText('The password is wrong.').waitFor();
        await page.fill('#p-current', 'the present one');
        await confirm(page);
        await page.getByText('at least 12 characters').waitFor();
        await page.fill('#p-first', 'a new and longer one');
        await page.fill('#p-second', 'a new and longer one');
        await picture(page, 'password-light');
        assert.deepEqual(await accessibilityFaults(page), []);
        await confirm(page);
        await page.getByText('The password is changed').waitFor();
        assert.equal(state.password, 'a new and longer one');
    });
});

const object = (type, moref) => `&object=urn:vmomi:${type}:${moref}:${VCENTER}`;
const views = {
    overview: ['#/overview', 'overview'],
    servers: ['#/servers', 'listServers'],
    gpus: ['#/gpus', 'listServers'],
    clients: ['#/clients', 'listClients'],
    leases: ['#/leases', 'listLeases'],
    vcenters: ['#/vcenters', 'listVcenters'],
    about: ['#/about', 'health'],
    vm: [`?view=vm${object('VirtualMachine', 'vm-58')}`, 'showVm'],
    host: [`?view=host${object('HostSystem', 'host-9')}`, 'showHost'],
    'vm-disable': [`?view=vm-disable${object('VirtualMachine', 'vm-58')}`, 'showVm'],
};
for (const [name, [where, operation]] of Object.entries(views)) {
    test(`the view ${name} says that it loads, that it failed, and recovers`, () => {
        const state = pool({ broken: [operation], hold: operation });
        return alone(state, where, async (page) => {
            await page.locator('p-state .p-loading').waitFor();
            state.hold = undefined;
            await page.getByText('This could not be loaded: The store does not answer.').waitFor();
            if (name === 'servers') await picture(page, 'failed-light');
            state.broken = [];
            await page.click('[data-action=again]');
            await page.waitForSelector('[data-state=failed]', { state: 'detached' });
            await page.waitForSelector('.p-table, .p-facts, .p-tiles, table, [data-action=confirm]');
        });
    });
}

test('a page about an object that nobody named says so', () =>
    alone(fresh(), '?view=vm', (page) => page.getByText('about a VM or a host, but none was named').waitFor()));

test('a page that does not exist says so', () =>
    alone(fresh(), '#/nowhere', (page) => page.getByText('There is no such page.').waitFor()));
