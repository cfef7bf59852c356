// Machines as processes: each has a state folder and an environment of its own, and shares nothing with the others but the network.
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const COMMAND_SECONDS = 120;

/** A command that was started: what it has said so far, and its end. */
class Running {
    constructor(name, program, args, environment, log) {
        this.name = name;
        this.text = '';
        this.status = undefined;
        this.waiting = new Set();
        this.process = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
        const hear = (bytes) => {
            this.text += bytes;
            writeSync(log, bytes);
            this.waiting.forEach((look) => look());
        };
        this.process.stdout.on('data', hear);
        this.process.stderr.on('data', hear);
        this.process.stdin.on('error', () => undefined);
        this.ended = new Promise((resolve) => {
            const over = (status) => {
                this.status ??= status;
                this.waiting.forEach((look) => look());
                resolve(this.status);
            };
            this.process.on('error', (error) => (hear(`${error.message}\n`), over(127)));
            this.process.on('close', (code, signal) => over(code ?? signal));
        });
    }

    /** The match of `pattern` in what it says; an error with everything it said when it ends without, or after `seconds`. */
    said(pattern, seconds = 60) {
        return new Promise((resolve, reject) => {
            const leave = (settle, value) => {
                clearTimeout(timer);
                this.waiting.delete(look);
                settle(value);
            };
            const fail = (why) =>
                leave(reject, new Error(`${this.name} ${why} and never said ${pattern}:\n${this.text}`));
            const look = () => {
                const found = this.text.match(pattern);
                if (found) leave(resolve, found);
                else if (this.status !== undefined) fail(`ended with ${this.status}`);
            };
            const timer = setTimeout(() => fail(`ran for ${seconds} s`), seconds * 1000);
            this.waiting.add(look);
            look();
        });
    }

    async stop() {
        if (this.status === undefined) this.process.kill('SIGTERM');
        const timer = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
        await this.ended;
        clearTimeout(timer);
    }
}

export class Machine {
    /** home: the installation's folder. */
    constructor(home, folder, name, environment = {}) {
        this.home = home;
        this.name = name;
        this.state = join(folder, name);
        mkdirSync(this.state, { mode: 0o700 });
        this.log = openSync(join(folder, `${name}.log`), 'a');
        this.environment = {
            PATH: `${join(home, 'bin')}:${process.env.PATH}`,
            TMPDIR: process.env.TMPDIR ?? '/tmp',
            HOME: this.state,
            PENSTOCK_STATE: this.state,
            PYTHONUNBUFFERED: '1',
            ...environment,
        };
        this.started = [];
    }

    start(program, ...args) {
        const running = new Running(`${this.name}: ${program}`, program, args.map(String), this.environment, this.log);
        this.started.push(running);
        return running;
    }

    /** Runs a command to its end and answers what it said; another status than 0 is an error. */
    async run(program, ...args) {
        const running = this.start(program, ...args);
        const timer = setTimeout(() => running.process.kill('SIGKILL'), COMMAND_SECONDS * 1000);
        running.process.stdin.end();
        const status = await running.ended;
        clearTimeout(timer);
        if (status !== 0)
            throw new Error(`${this.name}: ${program} ${args.join(' ')}: status ${status}:\n${running.text}`);
        return running.text;
    }

    async stop() {
        for (const each of this.started.reverse()) await each.stop();
    }
}

/** Asks until the answer is true; answers it. */
export async function eventually(what, seconds, ask) {
    const until = Date.now() + seconds * 1000;
    for (;;) {
        const found = await ask();
        if (found) return found;
        if (Date.now() > until) throw new Error(`not within ${seconds} s: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
