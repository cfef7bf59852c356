import type { Api } from '../../api/api';
import type { Session } from '../../api/types';

export function signIn(api: Api, password: string): Promise<Session> {
    return api.post('/v1/session', { password });
}
