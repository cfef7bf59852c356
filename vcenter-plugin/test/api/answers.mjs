// What the in-memory appliance knows and does, one function an operation.
const GIB = 2 ** 30;
export const VCENTER = '0b2d7a5e-1111-4222-8333-444455556666';
export const ALL = ['View', 'ManagePool', 'ManageServers', 'ManageClients'];
const refuse = (status, code, text) => [status, { error: { code, text } }];

export function fresh(over = {}) {
    return {
        version: 1,
        token: 'token-1',
        vcenterId: VCENTER,
        signedIn: true,
        setUpNeeded: false,
        privileges: ALL,
        servers: [],
        clients: [],
        leases: [],
        vcenters: [],
        vms: {},
        hosts: {},
        ...over,
    };
}

export function server(number, gpus) {
    const list = Array.from({ length: gpus }, (_, index) => {
        const uuid = `GPU-${number}-${index}`;
        return {
            gpu: {
                uuid,
                index,
                name: 'Software GPU (stand-in)',
                memory: 80 * GIB,
                computeCapability: '9.0',
                kind: 'software',
            },
            usage: {
                uuid,
                used: (index % 7) * GIB,
                utilization: (number * 13 + index * 7) % 101,
                temperature: 41,
                power: 120,
                healthy: (number + index) % 17 !== 16,
            },
            leased: (index % 3) * 20 * GIB,
            leases: index % 3,
            holders: Array.from({ length: index % 3 }, (_, holder) => ({
                client: `client-${number + holder}`,
                since: '2026-11-26T09:05:00Z',
                memory: 20 * GIB,
            })),
        };
    });
    return {
        id: `s${number}`,
        name: `gpu-server-${number}`,
        alive: number % 9 !== 8,
        lastHeard: '2026-11-26T10:00:00Z',
        gpus: list,
        sessions: [],
        report: {
            host: `gpu${number}.example.test`,
            port: 7070,
            driverVersion: 13000,
            softwareVersion: '0.1.0',
            gpus: list.map((each) => each.gpu),
        },
    };
}

export const client = (number, enabled = true) => ({
    id: `c${number}`,
    name: `client-${number}`,
    enabled,
    offered: false,
    enrolled: '2026-11-20T08:00:00Z',
    certificateExpires: '2027-11-20T08:00:00Z',
    vm: { vcenter: VCENTER, moref: `vm-${number}`, name: `train-${number}` },
});

export const lease = (number) => ({
    client: `client-${number}`,
    server: `gpu-server-${number % 5}`,
    since: '2026-11-26T09:05:00Z',
    renewBy: '2026-11-26T10:05:00Z',
    claims: {
        jti: `lease-${number}`,
        sub: `penstock://client/c${number}`,
        aud: 'penstock://server/s1',
        user: `user${number % 40}`,
        gpus: [{ uuid: 'GPU-1-0', memory: 20 * GIB }],
        priority: 0,
        iat: 1795687200 + number,
        exp: 1795690800,
    },
});

export const vcenter = () => ({
    id: VCENTER,
    name: 'vc01',
    host: 'vc01.example.test',
    port: 443,
    thumbprint: 'AB',
    state: 'connected',
    since: '2026-11-26T09:00:00Z',
    serviceUser: 'penstock@vsphere.local',
    version: '8.0.3',
    apiVersion: '8.0.3.0',
    hosts: 2,
    vms: 40,
});

export function vm(moref, over = {}) {
    return {
        vcenter: VCENTER,
        moref,
        instanceUuid: '5007a5e0-0000-4000-8000-000000000001',
        name: 'train-58',
        power: 'poweredOn',
        template: false,
        guest: {
            linux: true,
            system: 'Debian GNU/Linux 12',
            tools: 'running',
            hostName: 'train-58',
            addresses: ['192.0.2.58'],
        },
        gpus: [],
        leases: [],
        enableClient: { possible: true },
        enableServer: { possible: false, reason: 'The VM train-58 holds no GPU.' },
        disable: { possible: false, reason: 'The VM train-58 is not in the pool.' },
        ...over,
    };
}

export const host = (moref) => ({
    vcenter: VCENTER,
    moref,
    name: 'esx01.example.test',
    connection: 'connected',
    power: 'poweredOn',
    vgpuTypes: [],
    servers: ['s1'],
    gpus: [
        {
            pciId: '0000:3b:00.0',
            name: 'NVIDIA H100',
            vendor: '10de',
            device: '2331',
            passthrough: 'on',
            heldBy: [{ vcenter: VCENTER, moref: 'vm-7', name: 'gpu-server-1' }],
        },
    ],
});

const session = (state, privileges) => [
    200,
    privileges
        ? {
              kind: state.signedIn ? 'administrator' : 'vsphere',
              name: 'anna@example.test',
              privileges,
              setUpNeeded: state.setUpNeeded,
          }
        : { kind: 'nobody', privileges: [], setUpNeeded: state.setUpNeeded },
];
const without = (list, id, of = (each) => each.id) => list.filter((each) => of(each) !== id);
const changed = (state, reply, status = 200) => (state.version++, [status, reply]);
const toggle =
    (enabled) =>
    (state, { values }) => {
        state.clients = state.clients.map((each) => (each.id === values.id ? { ...each, enabled } : each));
        return changed(state, enabled ? { state: 'enabled', text: 'It may lease GPUs.' } : {});
    };

export const answers = {
    health: () => [200, { status: 'ok', version: '0.1.0-in-memory', time: '2026-11-26T10:00:00Z' }],
    showSession: (state, _, privileges) => session(state, privileges),
    signIn: (state, { body }) => {
        if (body.password !== state.password) return refuse(401, 'password_wrong', 'The password is wrong.');
        state.signedIn = true;
        return session(state, state.privileges);
    },
    signOut: (state) => ((state.signedIn = false), [200, {}]),
    setUp: (state, { body }) => {
        if (body.secret !== state.secret) return refuse(401, 'link_unknown', 'No such link was made.');
        Object.assign(state, { password: body.password, signedIn: true, setUpNeeded: false });
        return session(state, state.privileges);
    },
    changes: async (state, { query }) => {
        const until = Date.now() + 1000 * Number(query.get('wait'));
        while (state.version === Number(query.get('after')) && Date.now() < until)
            await new Promise((resolve) => setTimeout(resolve, 50));
        return [200, { version: state.version }];
    },
    overview: (state) => {
        const gpus = state.servers.flatMap((each) => each.gpus);
        const sum = (of) => gpus.reduce((total, gpu) => total + of(gpu), 0);
        return [
            200,
            {
                version: '0.1.0-in-memory',
                servers: { total: state.servers.length, alive: state.servers.filter((each) => each.alive).length },
                gpus: {
                    total: gpus.length,
                    healthy: gpus.filter((gpu) => gpu.usage.healthy).length,
                    leased: gpus.filter((gpu) => gpu.leases).length,
                    memory: sum((gpu) => gpu.gpu.memory),
                    leasedMemory: sum((gpu) => gpu.leased),
                    usedMemory: sum((gpu) => gpu.usage.used),
                    utilization: gpus.length ? Math.round(sum((gpu) => gpu.usage.utilization) / gpus.length) : 0,
                },
                clients: {
                    total: state.clients.length,
                    enabled: state.clients.filter((each) => each.enabled).length,
                    holding: state.leases.length,
                },
                leases: state.leases.length,
                vcenters: state.vcenters.length,
                attention: state.servers
                    .filter((each) => !each.alive)
                    .map((each) => ({
                        code: 'server_silent',
                        severity: 'error',
                        text: `The server ${each.name} has not been heard of for 90 s.`,
                        server: each.id,
                    })),
            },
        ];
    },
    listServers: (state) => [200, { servers: state.servers }],
    deleteServer: (state, { values }) => ((state.servers = without(state.servers, values.id)), changed(state, {})),
    listClients: (state) => [200, { clients: state.clients }],
    // One that is a VM is offered to come in again.
    enableClient: (state, call) =>
        state.clients.find((each) => each.id === call.values.id)?.vm === undefined
            ? toggle(true)(state, call)
            : ((state.clients = state.clients.map((each) =>
                  each.id === call.values.id ? { ...each, offered: true } : each,
              )),
              changed(state, { state: 'offered', text: 'The VM was offered to come in.' }, 202)),
    disableClient: toggle(false),
    deleteClient: (state, { values }) => ((state.clients = without(state.clients, values.id)), changed(state, {})),
    listLeases: (state) => [200, { leases: state.leases }],
    releaseLease: (state, { values }) => (
        (state.leases = without(state.leases, values.id, (each) => each.claims.jti)),
        changed(state, {})
    ),
    listVcenters: (state) => [200, { vcenters: state.vcenters }],
    showVcenterCertificate: () => [
        200,
        {
            subject: 'CN=vc01.example.test',
            issuer: 'CN=CA,DC=vsphere',
            names: ['vc01.example.test'],
            notBefore: '2026-01-01T00:00:00Z',
            notAfter: '2028-01-01T00:00:00Z',
            sha256: Array(32).fill('AB').join(':'),
            nameMatches: true,
            pem: 'PEM',
        },
    ],
    addVcenter: (state, { body }) =>
        state.taken && !body.takeOver
            ? refuse(
                  409,
                  'extension_taken',
                  'The extension belongs to the appliance at https://other.example.test:7443.',
              )
            : ((state.vcenters = [vcenter()]), changed(state, vcenter(), 201)),
    checkVcenter: (state) => [
        200,
        {
            findings: [
                { part: 'connection', state: 'holds', text: 'vc01 answers.' },
                {
                    part: 'privileges',
                    state: 'broken',
                    text: 'Tasks › Create task is missing.',
                    remedy: 'Repair with an administrator.',
                    needs: ['bootstrap'],
                },
            ],
        },
    ],
    repairVcenter: (state) => {
        state.repaired = true;
        return [200, { findings: [] }];
    },
    removeVcenter: (state, { values }) => (
        (state.vcenters = without(state.vcenters, values.vcenter)),
        changed(state, {})
    ),
    showVm: (state, { values }) =>
        state.vms[values.moref] ? [200, state.vms[values.moref]] : refuse(404, 'vm_unknown', `No VM ${values.moref}.`),
    showHost: (state, { values }) => [200, state.hosts[values.moref]],
    enableVm: (state, { values, body }) => {
        const now = {
            ...state.vms[values.moref],
            enableClient: { possible: false, reason: 'An offer stands.' },
            handOver: {
                kind: body.kind,
                state: 'offered',
                text: 'Offered; waiting for the guest.',
                started: '2026-11-26T10:00:00Z',
                expires: '2026-11-26T10:10:00Z',
            },
        };
        state.vms[values.moref] = now;
        return changed(state, now, 202);
    },
    disableVm: (state, { values }) => changed(state, (state.vms[values.moref] = vm(values.moref))),
    changePassword: (state, { body }) => {
        if (body.current !== state.password) return refuse(401, 'password_wrong', 'The password is wrong.');
        if (body.password.length < 12) return refuse(400, 'password_weak', 'A password has at least 12 characters.');
        state.password = body.password;
        return [200, {}];
    },
    // As the appliance does it: each action is shown to whoever has its privilege, and to whom it does not know.
    pluginVisibility: (state, _, privileges = ALL) => {
        const needs = { enableClient: 'ManageClients', enableServer: 'ManageServers', disable: 'ManageClients' };
        const items = Object.entries(needs).map(([id, needed]) => {
            const may = privileges.includes(needed);
            return { id, visible: may, relevant: may };
        });
        return [200, { version: '1.0.0', items }];
    },
};
