// One headless Chromium for a test file; each page tells of what a person would not see: breaches of the CSP, script errors.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = process.env.PENSTOCK_PICTURES ?? fileURLToPath(new URL('../target/pictures/', import.meta.url));
mkdirSync(pictures, { recursive: true });

/** options: of Playwright's, for who wants to end it himself when a signal comes. */
export function launch(options = {}) {
    return chromium.launch({
        ...options,
        executablePath: process.env.PENSTOCK_CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox'],
    });
}

export async function openPage(browser, theme = 'light', options = {}) {
    const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        colorScheme: theme,
        ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(8000);
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(error.message));
    page.on('console', (message) => /Content Security Policy/.test(message.text()) && page.faults.push(message.text()));
    return page;
}

export const picture = (page, name) => page.screenshot({ path: join(pictures, `${name}.png`) });

/** What axe-core finds in a frame. Playwright's evaluate is not bound by the page's CSP. */
export async function accessibilityFaults(frame) {
    await frame.evaluate(axeSource);
    const found = await frame.evaluate(() => globalThis.axe.run(document));
    return found.violations.map(
        (each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
    );
}

/**
 * The processor time of the longest task of a page's main thread while a deed is done, in milliseconds: what a person feels as a stall
 * on a machine that has nothing else to do, and the same on one that has.
 */
export async function longestTask(page, deed) {
    const browser = page.context().browser();
    await browser.startTracing(page, {
        categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
    });
    await deed();
    const { traceEvents } = JSON.parse(await browser.stopTracing());
    const main = new Set(
        traceEvents
            .filter((each) => each.name === 'thread_name' && each.args.name === 'CrRendererMain')
            .map((each) => `${each.pid} ${each.tid}`),
    );
    const tasks = traceEvents.filter((each) => each.name.endsWith('RunTask') && main.has(`${each.pid} ${each.tid}`));
    if (tasks.length === 0) throw new Error('the trace holds no task of the main thread');
    return Math.max(...tasks.map((each) => each.tdur ?? 0)) / 1000;
}
