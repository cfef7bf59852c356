// What the build leaves: small enough, and nothing that the content security policy would refuse.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const built = new URL('../target/ui/', import.meta.url);
const source = new URL('../ui/', import.meta.url);
const BYTES_MAX = 700 * 1024;

test('the initial bundle is at most 700 KiB compressed', () => {
    const files = readdirSync(built).filter((name) => /\.(js|css|html)$/.test(name));
    const bytes = files.reduce((total, name) => total + gzipSync(readFileSync(new URL(name, built))).length, 0);
    console.log(`# initial bundle: ${Math.round(bytes / 1024)} KiB compressed`);
    assert.ok(bytes > 0 && bytes <= BYTES_MAX, String(bytes));
});

test('the page has no inline script or style', () => {
    const page = readFileSync(new URL('index.html', built), 'utf8');
    assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
});

test('the pages never reach into the window that frames them', () => {
    const names = readdirSync(source, { recursive: true }).filter(
        (name) => /\.ts$/.test(name) && !name.startsWith('generated'),
    );
    assert.ok(names.length > 20);
    for (const name of names)
        assert.doesNotMatch(readFileSync(new URL(name, source), 'utf8'), /\b(window|page|self)\.(parent|top)\b/, name);
});

test('no template holds text of its own', () => {
    const names = readdirSync(source, { recursive: true }).filter(
        (name) => /\.html$/.test(name) && name !== 'index.html',
    );
    for (const name of names) {
        const bare = readFileSync(new URL(name, source), 'utf8').replace(/\{\{[\s\S]*?\}\}/g, '');
        const text = bare
            .replace(/<[^>]*>/g, '\n')
            .replace(/@(if|else if|else|for|switch|case|default|let|empty)[^\n]*/g, '');
        assert.doesNotMatch(text, /^[^@{}=]*[A-Za-z]{3,} [a-z]{2,}/m, name);
    }
});

test('no text counts what may be one in the plural', () => {
    const texts = readFileSync(new URL('text/en.ts', source), 'utf8').match(
        /'[^'\n]*\{\w+\} (GPU|VM|server|client|lease|program)s\b[^'\n]*'/g,
    );
    assert.equal(texts, null);
});
