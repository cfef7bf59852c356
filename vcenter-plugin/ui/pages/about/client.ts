import type { Api } from '../../api/api';
import type { Answer, Request } from '../../api/types';
import type { TextKey } from '../../text/text';
import { faultOf } from '../set-up/client';

export function loadHealth(api: Api): Promise<Answer<'/v1/health', 'get'>> {
    return api.get('/v1/health');
}

export function changePassword(api: Api, request: Request<'/v1/session/password', 'put'>): Promise<unknown> {
    return api.put('/v1/session/password', request);
}

/** What is wrong with the three passwords as typed. */
export function faultOfChange(current: string, first: string, second: string): TextKey | undefined {
    return current === '' ? 'password.fill' : faultOf(first, second);
}
