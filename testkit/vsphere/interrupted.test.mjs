// The demo is ended by Ctrl-C, in the middle, and by a kill of the process that tells it: nothing is left of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const DEMO = fileURLToPath(new URL('demo.mjs', import.meta.url));

/** The command lines of all processes that have this in their environment. */
function processesWith(text) {
    const found = [];
    for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
        try {
            if (readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text))
                found.push(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
        } catch (error) {
            if (!['ENOENT', 'EACCES', 'ESRCH'].includes(error.code)) throw error;
        }
    }
    return found;
}

for (const [how, wholeGroup, signal, status] of [
    ['Ctrl-C', true, 'SIGINT', 130],
    ['a kill of its first process', false, 'SIGTERM', 143],
]) {
    test(`${how} ends the demo and everything in it`, { timeout: 120_000 }, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'interrupted-'));
        const demo = spawn(process.execPath, [DEMO], { detached: true, env: { ...process.env, TMPDIR: folder } });
        let said = '';
        const ended = new Promise((resolve) => demo.on('close', (code, by) => resolve(code ?? by)));
        await new Promise((resolve, reject) => {
            demo.stdout.on('data', (bytes) => {
                said += bytes;
                if (/after a look at its certificate {2}\(/.test(said)) resolve();
            });
            ended.then(() => reject(new Error(`it ended by itself:\n${said}`)));
        });
        assert.ok(processesWith(`TMPDIR=${folder}`).length > 2, 'the demo has processes');
        process.kill(wholeGroup ? -demo.pid : demo.pid, signal);
        assert.equal(await ended, status, said);
        // the browser's own watchman ends a moment after the browser
        const until = Date.now() + 5000;
        while (processesWith(`TMPDIR=${folder}`).length > 0 && Date.now() < until)
            await new Promise((resolve) => setTimeout(resolve, 50));
        assert.deepEqual(processesWith(`TMPDIR=${folder}`), []);
        assert.deepEqual(readdirSync(folder), []);
        rmdirSync(folder);
        assert.doesNotMatch(said, /Error/);
    });
}
