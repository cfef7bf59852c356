// The manifest against the keys that VMware publishes for manifest 1.0.0, and against what we build.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ALL, answers } from './api/answers.mjs';
import { operationOf } from './api/contract.mjs';
import Ajv from 'ajv/dist/2020.js';

const root = new URL('../', import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, root), 'utf8'));
const manifest = read('plugin.json');
const visibility = answers.pluginVisibility;
const valid = new Ajv().compile(read('test/manifest.schema.json'));

function* leaves(value, path = []) {
    if (value === null || typeof value !== 'object') yield [path, value];
    else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}
const named = (...names) =>
    [...leaves(manifest)].filter(([path]) => names.includes(path.at(-1))).map(([, value]) => value);

test('the manifest has only published keys', () => assert.ok(valid(manifest), JSON.stringify(valid.errors)));

test('a manifest with an unknown key, an absolute uri or no name is refused', () => {
    const spoilt = [(m) => (m.extra = 1), (m) => (m.global.view.uri = '/ui/'), (m) => delete m.configuration.nameKey];
    for (const spoil of spoilt) {
        const copy = structuredClone(manifest);
        spoil(copy);
        assert.equal(valid(copy), false, String(spoil));
    }
});

test('every text of the manifest exists in every locale', () => {
    const { locales, definitions } = manifest.definitions.i18n;
    for (const key of named('nameKey', 'labelKey', 'titleKey', 'accessibilityTitleKey')) {
        for (const locale of locales) assert.ok(definitions[key]?.[locale], `${key} ${locale}`);
    }
});

test('every uri of the manifest is a file that we build', () => {
    for (const uri of named('uri')) assert.ok(existsSync(new URL(`target/${uri.split('?')[0]}`, root)), uri);
});

test('the menu asks the appliance which of its actions to show, and the guide names them as the menu does', () => {
    const { dynamicUri, actions } = manifest.objects.VirtualMachine.menu;
    assert.equal(operationOf('POST', '/' + dynamicUri).operation.operationId, 'pluginVisibility');
    assert.deepEqual(
        actions.map((each) => each.id),
        visibility({}, {}, ALL)[1].items.map((each) => each.id),
    );
    const texts = readFileSync(new URL('ui/text/en.ts', root), 'utf8');
    const name = (key) => manifest.definitions.i18n.definitions[key]['en-US'];
    for (const key of ['penstock.enableClient', 'penstock.enableServer'])
        assert.match(texts, new RegExp(`'guide\\.\\w+Text': '[^']*${name('penstock.name')} › ${name(key)}\\.`));
});

test('every icon is in the sprite', () => {
    for (const [path, value] of leaves(manifest)) {
        if (path.at(-1) === 'name' && path.at(-2) === 'icon')
            assert.ok(manifest.definitions.iconSpriteSheet.definitions[value], value);
    }
});
