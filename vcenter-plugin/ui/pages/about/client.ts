import type { Api } from '../../api/api';
import type { Answer } from '../../api/types';

export function loadHealth(api: Api): Promise<Answer<'/v1/health', 'get'>> {
    return api.get('/v1/health');
}
