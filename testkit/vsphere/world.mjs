// What the story happens in: a simulated vCenter, an appliance, a browser, and two virtual machines that know nothing but their guestinfo.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from '../../vcenter-plugin/test/browser.mjs';
import { eventually, Machine } from './machine.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const wanted = (name) =>
    process.env[name] ??
    (() => {
        throw new Error(`${name} is not set; ./dev test vsphere and ./dev demo --vcenter set it`);
    })();

export const ROOT = 'administrator@vsphere.local';
export const SERVICE = 'penstock@vsphere.local';
/** May do everything with Penstock, and nothing else. */
export const OPERATOR = 'olivia@vsphere.local';
/** May look, and no more. */
export const VIEWER = 'victor@vsphere.local';
export const passwordOf = (user) => `password-of-${user.split('@')[0]}`;

const GPU = '0000:3b:00.0';
const PRIVILEGES = ['View', 'ManagePool', 'ManageServers', 'ManageClients'];
const GUEST = 'guest@vsphere.local';
const FIXTURE = {
    apiVersion: '8.0.3.0',
    hosts: [
        {
            name: 'esx1',
            gpus: [{ id: GPU, name: 'NVIDIA A100', deviceId: 0x20b0, memoryMiB: 40960, passthrough: 'on' }],
        },
        { name: 'esx2' },
    ],
    vms: [
        { name: 'gpu1', host: 'esx1', gpus: [{ passthrough: GPU }] },
        { name: 'ml1', host: 'esx2' },
        { name: 'old', host: 'esx2', power: 'off' },
    ],
    users: [
        { name: ROOT, password: passwordOf(ROOT), role: 'Admin' },
        { name: SERVICE, password: passwordOf(SERVICE), global: ['InventoryService.Tagging.AttachTag'] },
        { name: GUEST, password: passwordOf(GUEST), privileges: ['VirtualMachine.Config.AdvancedConfig'] },
    ],
};

export class World {
    /** made: told of the world before anything in it is started, so that it can be closed at any time. */
    static async start(made = () => undefined) {
        const world = new World();
        world.folder = mkdtempSync(join(tmpdir(), 'penstock-vsphere-'));
        world.home = wanted('PENSTOCK_HOME');
        world.group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
        world.python = wanted('PENSTOCK_PYVMOMI');
        world.machines = [];
        /** What a step has to tell a person who watches. */
        world.told = [];
        made(world);
        try {
            await world.startVcenter();
            world.browser = await launch({ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false });
        } catch (error) {
            await world.close();
            throw error;
        }
        return world;
    }

    machine(name, environment) {
        const made = new Machine(this.home, this.folder, name, environment);
        this.machines.push(made);
        return made;
    }

    /**
     * A virtual machine with the package of `kind`: what it learns of its surroundings comes by its vmtoolsd, whose other side is a
     * session of its own at vCenter that touches this VM's extraConfig and nothing else.
     */
    async guest(name, kind) {
        const guest = this.machine(name);
        const { moref } = await this.control('POST', '/vms', { name });
        const inGuest = (file) => join(guest.state, file);
        mkdirSync(inGuest(kind), { mode: 0o750 });
        if (kind === 'client') {
            // users of this machine have nothing of their own and use the machine's identity
            delete guest.environment.PENSTOCK_STATE;
            guest.environment.PENSTOCK_MACHINE_STATE = guest.state;
        }
        writeFileSync(
            inGuest('hypervisor.json'),
            JSON.stringify({ vcenter: this.vcenter.address, user: GUEST, password: passwordOf(GUEST), vm: moref }),
        );
        const vcsim = wanted('PENSTOCK_VCSIM');
        writeFileSync(
            inGuest('vmtoolsd'),
            `#!/bin/sh\nexec '${vcsim}' vmtoolsd '${inGuest('hypervisor.json')}' "$@"\n`,
            { mode: 0o755 },
        );
        const settings = {
            vmtoolsd: inGuest('vmtoolsd'),
            'look-every': '500ms',
            name,
            pending: inGuest('pending'),
            'client.folder': inGuest('client'),
            'server.folder': inGuest('server'),
            'client.group': this.group,
            'server.group': this.group,
        };
        writeFileSync(
            inGuest('enroll.properties'),
            Object.entries(settings)
                .map(([key, value]) => `${key} = ${value}\n`)
                .join(''),
        );
        guest.service = guest.start('penstock-enroll', '--config', inGuest('enroll.properties'));
        return guest;
    }

    /** What the server's package does before each start: root's copy of the identity becomes the server's own. */
    takeServerIdentity(guest) {
        const own = join(guest.state, 'identity');
        cpSync(join(guest.state, 'server'), own, { recursive: true });
        chmodSync(own, 0o700);
        chmodSync(join(own, 'key.pem'), 0o600);
    }

    async startVcenter() {
        const fixture = join(this.folder, 'fixture.json');
        writeFileSync(fixture, JSON.stringify(FIXTURE));
        // the simulator keeps its datastores in a folder of its own there
        const machine = this.machine('vcenter');
        machine.environment.TMPDIR = machine.state;
        const running = machine.start(wanted('PENSTOCK_VCSIM'), '-fixture', fixture);
        const [line] = await running.said(/^\{.*\}$/m);
        const { vcenter, control, instanceUuid } = JSON.parse(line);
        this.vcenter = { address: vcenter, control, instanceUuid, port: Number(vcenter.split(':')[1]) };
    }

    /** The simulated vCenter's control port. */
    async control(method, path, body) {
        const answer = await fetch(this.vcenter.control + path, {
            method,
            body: body && JSON.stringify(body),
        });
        if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
        return answer.json();
    }

    /** Makes a user known who may do `privileges` of Penstock's, everywhere. */
    admit(user, privileges = PRIVILEGES) {
        return this.control('POST', '/users', {
            name: user,
            password: passwordOf(user),
            privileges: privileges.map((each) => `io.penstock.vsphere.${each}`),
        });
    }

    /** The token that the vSphere Client of a user gives to plug-ins. */
    async session(user) {
        return (await this.control('POST', '/sessions', { name: user, password: passwordOf(user) })).token;
    }

    /** What vCenter holds of Penstock, read by a client that shares nothing with ours. */
    async readBack(password) {
        const reader = this.machine(`reader${this.machines.length}`, { USER: ROOT, PASSWORD: password });
        return JSON.parse(await reader.run(this.python, here('readback.py'), this.vcenter.address));
    }

    /** The tags in vCenter with what carries them, by category, read by govmomi's own client. */
    tags(password) {
        const file = join(this.folder, 'tags.json');
        writeFileSync(file, JSON.stringify({ vcenter: this.vcenter.address, user: ROOT, password }));
        const answer = execFileSync(wanted('PENSTOCK_VCSIM'), ['tags', file, 'list'], { encoding: 'utf8' });
        return JSON.parse(answer).categories;
    }

    /** The URL a daemon writes when it listens. */
    async endpoint(machine) {
        const [started] = machine.started.slice(-1);
        const file = join(machine.state, 'endpoint.json');
        const read = () => {
            if (started.status !== undefined)
                throw new Error(`${started.name} ended with ${started.status}:\n${started.text}`);
            try {
                return JSON.parse(readFileSync(file, 'utf8')).url;
            } catch (error) {
                if (error.code === 'ENOENT') return undefined;
                throw error;
            }
        };
        return eventually(`${machine.name} listens`, 60, read);
    }

    async close() {
        await this.client?.close();
        await this.browser?.close().catch(() => undefined); // it may have been ended already
        for (const machine of this.machines.splice(0).reverse()) await machine.stop();
        if (process.env.PENSTOCK_KEEP) console.error(`kept: ${this.folder}`);
        else rmSync(this.folder, { recursive: true, force: true });
    }
}
