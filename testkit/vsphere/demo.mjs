// The story for a person who watches: every step with its seconds; ends with 1 and the reason at the first that fails.
import { story } from './story.mjs';
import { World } from './world.mjs';

let world;
let interrupted = false;
// Ctrl-C reaches the processes of the demo as well, in their own order; whoever ends only this one leaves them to it.
for (const [signal, status] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }))
    process.on(signal, async () => {
        if (interrupted) return;
        interrupted = true;
        process.stdout.write('\n  Everything is being ended…\n');
        await world?.close();
        process.exit(status);
    });

try {
    world = await World.start((made) => (world = made));
    for (const [title, deed] of story) {
        const started = performance.now();
        process.stdout.write(`  ${title[0].toUpperCase()}${title.slice(1)}`);
        await deed(world);
        process.stdout.write(`  (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
        for (const line of world.told.splice(0)) process.stdout.write(`      ${line}\n`);
    }
} catch (error) {
    // what Ctrl-C ended may fail here before the signal is heard of
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (!interrupted) process.stdout.write(`\n${error.stack}\n`);
    process.exitCode = 1;
} finally {
    if (!interrupted) await world?.close();
}
