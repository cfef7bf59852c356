// From an empty pool to an empty vCenter: each step is what an administrator or a user does, in the order in which they do it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { accessibilityFaults, openPage, picture } from '../../vcenter-plugin/test/browser.mjs';
import { startHost } from '../../vcenter-plugin/test/host/host.mjs';
import { OPERATOR, passwordOf, ROOT, SERVICE, VIEWER } from './world.mjs';
import { eventually } from './machine.mjs';

const VERSION = JSON.parse(readFileSync(new URL('../../vcenter-plugin/package.json', import.meta.url), 'utf8')).version;
const PROGRAMS = fileURLToPath(new URL('../e2e/programs', import.meta.url));
const ADMINISTRATOR = 'a password of the appliance';
const CHANGED = 'another password of root';

/** The steps by title; what one leaves for those after it stands in `world`. */
export const story = [
    ['an appliance starts and prints a one-time link', startAppliance],
    ['the administrator sets a password by the link', setPassword],
    ['adds the vCenter after a look at its certificate', addVcenter],
    ['changes the password of the account that registered Penstock; everything goes on', changeRootsPassword],
    ['another client finds in vCenter what Penstock says it registered', readBack],
    ['the vSphere Client loads the plug-in from the address and certificate in the record', openClient],
    ['the card of a GPU host shows what was found on it', lookAtHost],
    ['who may only look is refused by name of the privilege, in the menu and at the interface', refuseViewer],
    ['a VM with a GPU is enabled as a server from its menu, and serves', enableServer],
    ['a running VM is enabled as a client from its menu', enableClient],
    ['a VM that cannot be enabled says why', explainWhyNot],
    ['another client finds both VMs by their tags', readTags],
    ['a CUDA program runs in the VM', runProgram],
    ['its lease is on the screen while it runs', lookAtLease],
    ['the VM is disabled from its menu: the program loses its GPU within 5 s and is told why', disableClient],
    ['the tasks in vCenter say what was done and for whom', readTasks],
    ['Penstock is removed from vCenter and leaves nothing behind', removeVcenter],
];

async function startAppliance(world) {
    const appliance = world.machine('appliance');
    await appliance.run('penstock-appliance', 'init', '--name', '127.0.0.1');
    world.appliance = appliance.start('penstock-appliance', 'serve', '--host', '127.0.0.1', '--port', 0);
    world.url = await world.endpoint(appliance);
    world.link = (await world.appliance.said(/https:\S+\/ui\/#\/set-up\/\S+/))[0];
}

async function setPassword(world) {
    world.page = await openPage(world.browser, 'light', { ignoreHTTPSErrors: true });
    const { page } = world;
    await page.goto(world.link);
    await page.fill('#p-first', ADMINISTRATOR);
    await page.fill('#p-second', ADMINISTRATOR);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.p-steps li');
    assert.equal(await page.locator('.p-steps li:not(.p-done)').count(), 3, 'three steps are still to do');
    await picture(page, 'story-guide');
}

async function addVcenter(world) {
    const { page } = world;
    await page.click('nav a[href="#/vcenters"]');
    await page.locator('[data-action=add]').first().click();
    const values = {
        host: '127.0.0.1',
        port: String(world.vcenter.port),
        user: ROOT,
        password: passwordOf(ROOT),
        serviceUser: SERVICE,
        servicePassword: passwordOf(SERVICE),
    };
    for (const [field, value] of Object.entries(values)) await page.fill(`#p-${field}`, value);
    await page.click('[data-action=look]');
    await page.locator('.p-certificate').waitFor();
    await picture(page, 'story-certificate');
    await page.check('.p-check input');
    await page.locator('[data-action=confirm][aria-disabled=false]').click();
    await page.waitForSelector('[role=dialog]', { state: 'detached', timeout: 20_000 });
    await page.locator('.p-data', { hasText: 'Connected' }).waitFor({ timeout: 20_000 });
    await picture(page, 'story-vcenter');
}

async function changeRootsPassword(world) {
    await world.control('POST', '/password', { name: ROOT, password: CHANGED });
    await world.control('POST', '/restart');
    const { page } = world;
    await page.locator('.p-data', { hasText: 'Connected' }).waitFor({ timeout: 30_000 });
}

async function readBack(world) {
    const found = await world.readBack(CHANGED);
    const { extension } = found;
    assert.equal(extension.label, 'Penstock');
    assert.equal(extension.version, VERSION);
    assert.deepEqual(
        extension.privileges,
        ['ManageClients', 'ManagePool', 'ManageServers', 'View'].map((each) => `io.penstock.vsphere.${each}`),
    );
    assert.ok(extension.tasks.includes('io.penstock.vsphere.enableVm'));
    assert.ok(extension.events.includes('io.penstock.vsphere.vm.enabled'));
    assert.ok(extension.faults.includes('io.penstock.vsphere.fault.expired'));
    assert.deepEqual(
        found.permissions.map((each) => [each.principal, each.role, each.propagate]),
        [['VSPHERE.LOCAL\\penstock', 'Penstock service', true]],
    );
    assert.deepEqual(Object.keys(found.roles).sort(), [
        'Penstock administrator',
        'Penstock operator',
        'Penstock service',
        'Penstock viewer',
    ]);
    assert.ok(found.roles['Penstock operator'].includes('io.penstock.vsphere.ManageClients'));
    assert.ok(found.roles['Penstock service'].includes('VirtualMachine.Config.AdvancedConfig'));
    assert.ok(!found.roles['Penstock service'].includes('Extension.Register'), 'it may not register anything');
    assert.equal(extension.labels['io.penstock.vsphere.enableVm.label'], 'Enable for Penstock');
    world.labels = extension.labels;
    [world.record] = extension.servers;
    world.version = extension.version;
}

async function openClient(world) {
    await world.admit(OPERATOR);
    await world.admit(VIEWER, ['View']);
    world.client = await startHost({
        backend: world.record.url,
        thumbprint: world.record.thumbprint,
        version: world.version,
        token: await world.session(OPERATOR),
        vcenter: world.vcenter.instanceUuid,
        endpoint: `https://127.0.0.1:${world.vcenter.port}/api/ui`,
    });
    world.vsphere = await openPage(world.browser);
    await world.vsphere.goto(world.client.url);
    await frameOf(world).locator('[data-tile=gpus]').waitFor();
    await assert.rejects(
        startHost({
            backend: world.record.url,
            thumbprint: world.record.thumbprint.replace(/^../, 'FF'),
            token: '',
            vcenter: '',
        }),
        /the record names/,
    );
}

const frameOf = (world) => world.vsphere.frameLocator('iframe').last();

const globalView = async (world, view) => {
    await world.vsphere.evaluate(() => emulated.global());
    await frameOf(world).locator(`nav a[href$="${view}"]`).click();
    return frameOf(world);
};

async function lookAtHost(world) {
    const host = await world.control('POST', '/hosts', { name: 'esx1', connection: 'connected' });
    const id = `urn:vmomi:HostSystem:${host.moref}:${world.vcenter.instanceUuid}`;
    await world.vsphere.evaluate((of) => emulated.card('HostSystem', of, 'esx1'), id);
    await frameOf(world).getByText('NVIDIA A100').first().waitFor();
    await picture(world.vsphere, 'story-host');
}

/** A VM's id as the vSphere Client gives it to plug-ins. */
async function idOf(world, name) {
    const { moref } = await world.control('POST', '/vms', { name });
    return `urn:vmomi:VirtualMachine:${moref}:${world.vcenter.instanceUuid}`;
}

const menuOf = (world, id) => world.vsphere.evaluate((of) => emulated.menu('VirtualMachine', of), id);

/** Opens the dialog of an action without its menu, as nobody can who may not see the action. */
async function choose(world, action, name) {
    const id = await idOf(world, name);
    await world.vsphere.evaluate(
        ([what, of, shown]) => {
            emulated.card('VirtualMachine', of, shown);
            emulated.choose('VirtualMachine', what, of);
        },
        [action, id, name],
    );
    return frameOf(world);
}

/** Chooses an action from the VM's context menu, of which a picture stays. */
async function chooseFromMenu(world, action, name) {
    await world.vsphere.evaluate(
        ([of, shown]) => {
            emulated.card('VirtualMachine', of, shown);
            return emulated.openMenu('VirtualMachine', of);
        },
        [await idOf(world, name), name],
    );
    await frameOf(world).locator('.p-facts').waitFor();
    const { labelKey } = world.client.manifest.objects.VirtualMachine.menu.actions.find((each) => each.id === action);
    const label = world.client.manifest.definitions.i18n.definitions[labelKey]['en-US'];
    await picture(world.vsphere, `story-menu-${action}`);
    await world.vsphere.getByRole('button', { name: label, exact: true }).click();
    return frameOf(world);
}

async function refuseViewer(world) {
    const id = await idOf(world, 'ml1');
    const viewer = await world.session(VIEWER);
    const operator = world.client.state.token;
    assert.deepEqual(await menuOf(world, id), ['enableClient', 'enableServer', 'disable'], 'what the operator may');
    await world.vsphere.evaluate((token) => emulated.token(token), viewer);
    assert.deepEqual(await menuOf(world, id), [], 'what the viewer may');
    const dialog = await choose(world, 'enableClient', 'ml1');
    await dialog.locator('[data-action=confirm][aria-disabled=false]').click();
    await dialog
        .getByRole('alert')
        .getByText('Your role on ml1 lacks the privilege Penstock › ManageClients')
        .waitFor();
    await picture(world.vsphere, 'story-refused');
    await world.vsphere.evaluate((token) => emulated.token(token), operator);
    const moref = id.split(':')[3];
    const refused = await world.vsphere.evaluate(
        async ([path, token, vcenter]) => {
            const answer = await fetch(path, {
                method: 'POST',
                headers: {
                    'content-type': 'application/json',
                    'vmware-api-session-id': token,
                    'penstock-vcenter': vcenter,
                },
                body: '{"kind":"client"}',
            });
            return { status: answer.status, text: await answer.text() };
        },
        [
            `/dynamic${world.client.prefix}/v1/vcenters/${world.vcenter.instanceUuid}/vms/${moref}/enable`,
            viewer,
            world.vcenter.instanceUuid,
        ],
    );
    assert.equal(refused.status, 403);
    assert.match(refused.text, /ManageClients/);
    await world.vsphere.evaluate(() => emulated.closeModal());
}

/** Confirms what the menu asks; answers once the guest has made itself known. */
async function confirmed(world, action, name, said) {
    const dialog = await chooseFromMenu(world, action, name);
    await dialog.locator('[data-action=confirm][aria-disabled=false]').click();
    await dialog.getByText(said).first().waitFor({ timeout: 20_000 });
    await picture(world.vsphere, `story-${action}`);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await world.vsphere.waitForFunction(() => !emulated.modalOpen());
}

async function enableServer(world) {
    world.server = await world.guest('gpu1', 'server');
    await confirmed(world, 'enableServer', 'gpu1', 'Enabled as server');
    world.takeServerIdentity(world.server);
    // one, as the VM holds one
    const serving = ['--gpus', 'software:1', '--memory', 512, '--address', '127.0.0.1', '--port', 0];
    world.server.start('penstock-gpu-server', 'serve', ...serving);
    await world.endpoint(world.server);
    const servers = await globalView(world, 'servers');
    await servers.locator('.p-data', { hasText: 'Connected' }).waitFor({ timeout: 20_000 });
    assert.ok(
        (await servers.locator('.p-data').first().innerText()).includes(world.version),
        'the server tells its version',
    );
    await picture(world.vsphere, 'story-servers');
}

async function enableClient(world) {
    world.guest1 = await world.guest('ml1', 'client');
    await confirmed(world, 'enableClient', 'ml1', 'Enabled as client');
}

async function explainWhyNot(world) {
    const dialog = await choose(world, 'enableClient', 'old');
    await dialog.getByText('does not run').first().waitFor();
    assert.equal(await dialog.locator('[data-action=confirm]').getAttribute('aria-disabled'), 'true');
    await world.vsphere.evaluate(() => emulated.closeModal());
}

/** Of each tag the VMs that carry it. */
async function carriers(world) {
    const found = world.tags(CHANGED).filter((category) => category.name === 'Penstock');
    return Object.fromEntries(found.flatMap((category) => category.tags.map((tag) => [tag.name, tag.objects])));
}

async function readTags(world) {
    const moref = async (name) => (await world.control('POST', '/vms', { name })).moref;
    const wanted = { Client: [await moref('ml1')], 'GPU server': [await moref('gpu1')] };
    await eventually('the VMs carry their tags', 10, async () => isDeepStrictEqual(await carriers(world), wanted));
}

async function runProgram(world) {
    const output = await world.guest1.run('penstock', 'run', '-n', 1, '-p', 0.5, '--', 'python3', `${PROGRAMS}/add.py`);
    assert.match(output, /sums are right/);
    world.told.push(`ml1$ penstock run -n 1 -p 0.5 -- python3 add.py`, ...output.trim().split('\n'));
}

async function lookAtLease(world) {
    const command = ['run', '-n', 1, '-p', 0.5, '--', 'python3', `${PROGRAMS}/hold.py`, 64];
    world.program = world.guest1.start('penstock', ...command);
    await world.program.said(/holding 64 MiB/);
    const leases = await globalView(world, 'leases');
    await leases.locator('.p-data', { hasText: 'ml1' }).waitFor({ timeout: 15_000 });
    assert.deepEqual(await accessibilityFaults(world.vsphere.frames().at(-1)), []);
    await picture(world.vsphere, 'story-lease');
    const overview = await globalView(world, 'overview');
    await overview.locator('[data-tile=leases] .p-figure', { hasText: '1' }).waitFor();
    await world.vsphere.evaluate(() => emulated.theme('dark'));
    await overview.locator('body[cds-theme=dark]').waitFor();
    await picture(world.vsphere, 'story-overview-dark');
    await world.vsphere.evaluate(() => emulated.theme('light'));
    await world.vsphere.evaluate((of) => emulated.card('VirtualMachine', of, 'ml1'), await idOf(world, 'ml1'));
    await frameOf(world).getByText('gpu1').first().waitFor();
    await picture(world.vsphere, 'story-card');
}

async function disableClient(world) {
    await confirmed(world, 'disable', 'ml1', 'is out of the pool');
    const asked = Date.now();
    await world.program.said(/the appliance took the lease back|client \S+ is disabled/, 10);
    assert.ok(Date.now() - asked < 5000, `it took ${Date.now() - asked} ms`);
    assert.notEqual(await world.program.ended, 0);
    await assert.rejects(world.guest1.run('penstock', 'run', '--', 'true'), /status 120/);
    const leases = await globalView(world, 'leases');
    await leases.locator('.p-empty').waitFor({ timeout: 15_000 });
    await eventually('its tag is gone', 10, async () => (await carriers(world)).Client.length === 0);
}

async function readTasks(world) {
    const { tasks } = await world.control('GET', '/tasks');
    const own = tasks.map((each) => each.match(/^(io\.penstock\.\S+) on (\S+): (\S+) by (\S+)/)).filter(Boolean);
    const names = new Map();
    for (const name of ['gpu1', 'ml1', 'old'])
        names.set((await world.control('POST', '/vms', { name })).moref.toLowerCase(), name);
    await world.vsphere.evaluate(
        (rows) => emulated.tasks(rows),
        own.map(([, task, target, state, user]) => [
            world.labels[`${task}.label`],
            names.get(target.toLowerCase()),
            state === 'success' ? 'Completed' : state,
            user,
        ]),
    );
    await picture(world.vsphere, 'story-tasks');
    for (const [task, name] of [
        ['enableServer', 'gpu1'],
        ['enableVm', 'ml1'],
        ['disableVm', 'ml1'],
    ]) {
        const { moref } = await world.control('POST', '/vms', { name });
        const wanted = `io.penstock.vsphere.${task} on ${moref}: success by ${OPERATOR}`;
        assert.ok(
            tasks.some((each) => each.toLowerCase().includes(wanted.toLowerCase())),
            `${wanted} in ${JSON.stringify(tasks)}`,
        );
    }
}

async function removeVcenter(world) {
    const { page } = world;
    await page.locator('.p-data').first().click();
    await page.locator('[data-action=remove][aria-disabled=false]').click();
    await page.fill('#p-user', ROOT);
    await page.fill('#p-password', CHANGED);
    await page.locator('[data-action=confirm][aria-disabled=false]').click();
    await page.waitForSelector('p-vcenters .p-empty', { timeout: 20_000 });
    await eventually('nothing of Penstock is left', 10, async () => {
        const left = await world.readBack(CHANGED);
        return left.extension === null && left.permissions.length === 0 && Object.keys(left.roles).length === 0;
    });
    assert.deepEqual(world.tags(CHANGED), []);
    assert.deepEqual(page.faults, []);
    assert.deepEqual(world.vsphere.faults, []);
}
