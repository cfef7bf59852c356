// The UI stand-alone, on an in-memory appliance with a pool of some size.
import assert from 'node:assert/strict';
import { client, fresh, host, lease, server, vcenter, vm } from './api/answers.mjs';
import { startApi } from './api/api.mjs';
import { openPage } from './browser.mjs';

export const pool = (over) =>
    fresh({
        servers: Array.from({ length: 9 }, (_, number) => server(number, 4)),
        clients: Array.from({ length: 30 }, (_, number) => client(number, number % 5 !== 4)),
        leases: Array.from({ length: 12 }, (_, number) => lease(number)),
        vcenters: [vcenter()],
        vms: { 'vm-58': vm('vm-58') },
        hosts: { 'host-9': host('host-9') },
        ...over,
    });

/** Opens a page of the UI alone, does the deed, and looks at what nobody asked for: script errors, breaches of the contract. */
export async function alone(browser, state, where, deed, theme) {
    const api = await startApi(state);
    const page = await openPage(browser, theme);
    try {
        await page.goto(`http://127.0.0.1:${api.port}/ui/${where}`);
        await deed(page, api);
        assert.deepEqual(page.faults, []);
        assert.deepEqual(state.breaches, []);
    } finally {
        await page.context().close();
        api.close();
    }
}
