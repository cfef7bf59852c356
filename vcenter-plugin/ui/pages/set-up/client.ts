import type { Api } from '../../api/api';
import type { Session } from '../../api/types';
import type { TextKey } from '../../text/text';

export function setUp(api: Api, secret: string, password: string): Promise<Session> {
    return api.post('/v1/session/set-up', { secret, password });
}

/** What is wrong with the two passwords as typed; whether one is strong enough only the appliance says. */
export function faultOf(password: string, repeated: string): TextKey | undefined {
    if (password === '') return 'setUp.empty';
    return password === repeated ? undefined : 'setUp.differ';
}
