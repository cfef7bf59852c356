// The story for a person who watches: every step with its seconds; ends with 1 and the reason at the first that fails.
import { story } from './story.mjs';
import { World } from './world.mjs';

const world = await World.start();
try {
    for (const [title, deed] of story) {
        const started = performance.now();
        process.stdout.write(`  ${title[0].toUpperCase()}${title.slice(1)}`);
        await deed(world);
        process.stdout.write(`  (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
        for (const line of world.told.splice(0)) process.stdout.write(`      ${line}\n`);
    }
} catch (error) {
    process.stdout.write(`\n${error.stack}\n`);
    process.exitCode = 1;
} finally {
    await world.close();
}
