import type { TextKey } from '../../text/text';

export interface Field {
    readonly id: 'host' | 'port' | 'thumbprint' | 'user' | 'password' | 'serviceUser' | 'servicePassword';
    readonly title: TextKey;
    readonly type: 'text' | 'number' | 'password';
}

const field = (id: Field['id'], type: Field['type'] = 'text'): Field => ({ id, title: `vcenters.${id}`, type });

export const ADDRESS: readonly Field[] = [field('host'), field('port', 'number')];
export const ACCOUNTS: readonly Field[] = [
    field('user'),
    field('password', 'password'),
    field('serviceUser'),
    field('servicePassword', 'password'),
];
export const REPAIR: readonly Field[] = [
    field('thumbprint'),
    field('user'),
    field('password', 'password'),
    field('servicePassword', 'password'),
];
export const REMOVE: readonly Field[] = [field('user'), field('password', 'password')];

export type Typed = Readonly<Partial<Record<Field['id'], string>>>;

/** What was typed, without what was left empty. */
export function given(fields: readonly Field[], typed: Typed): Partial<Record<Field['id'], string>> {
    return Object.fromEntries(fields.flatMap(({ id }) => (typed[id] ? [[id, typed[id]]] : [])));
}
