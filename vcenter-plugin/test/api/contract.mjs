// Reads the appliance's contract, so that the in-memory API can neither take nor give what the contract does not know.
import Ajv from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const source = new URL('../../../appliance/src/main/resources/openapi.yaml', import.meta.url);
const contract = parse(readFileSync(source, 'utf8'));
const ajv = new Ajv({ strict: false });
ajv.addSchema({ $id: 'contract', components: contract.components });

const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
    ['get', 'post', 'put', 'delete']
        .filter((method) => item[method])
        .map((method) => ({ path, method: method.toUpperCase(), pattern: patternOf(path), operation: item[method] })),
);

function patternOf(path) {
    return new RegExp(`^${path.replace(/\./g, '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

export function operationOf(method, path) {
    // A path without braces wins over one with, as OpenAPI says.
    const fits = operations.filter((each) => each.method === method && each.pattern.test(path));
    const found = fits.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
    return found && { ...found, values: { ...found.pattern.exec(path).groups } };
}

export function demand(what, schema, value) {
    if (schema === undefined) return;
    const moved = JSON.parse(JSON.stringify(schema).replaceAll('#/components', 'contract#/components'));
    if (!ajv.validate(moved, value)) throw new Error(`${what}: ${ajv.errorsText()}`);
}

export function schemaOf(content) {
    return content?.content?.['application/json']?.schema;
}
