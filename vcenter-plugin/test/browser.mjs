// One headless Chromium for a test file; each page tells of what a person would not see: breaches of the CSP, script errors.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = process.env.PENSTOCK_PICTURES ?? fileURLToPath(new URL('../target/pictures/', import.meta.url));
mkdirSync(pictures, { recursive: true });

export function launch() {
    return chromium.launch({
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
