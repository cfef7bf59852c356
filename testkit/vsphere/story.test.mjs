// The story as a test: a step that fails leaves a picture of both screens, and those after it are not tried.
import { test } from 'node:test';
import { picture } from '../../vcenter-plugin/test/browser.mjs';
import { story } from './story.mjs';
import { World } from './world.mjs';

test('the vCenter path, from registering to removing', async (t) => {
    const world = await World.start();
    t.after(() => world.close());
    for (const [title, deed] of story) {
        let failed = false;
        await t.test(title, async () => {
            try {
                await deed(world);
            } catch (error) {
                failed = true;
                for (const name of ['page', 'vsphere'])
                    (await world[name]) && (await picture(world[name], `failed-${name}`));
                throw error;
            }
        });
        if (failed) return;
    }
});
