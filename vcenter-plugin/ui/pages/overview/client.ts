import type { Api } from '../../api/api';
import type { Overview } from '../../api/types';

export function loadOverview(api: Api): Promise<Overview> {
    return api.get('/v1/overview');
}

export interface Step {
    readonly id: 'vcenter' | 'server' | 'client';
    readonly done: boolean;
}

/** The first-run guide; undefined when every step is done. */
export function stepsOf(overview: Overview): readonly Step[] | undefined {
    const steps: readonly Step[] = [
        { id: 'vcenter', done: overview.vcenters > 0 },
        { id: 'server', done: overview.servers.total > 0 },
        { id: 'client', done: overview.clients.total > 0 },
    ];
    return steps.every((step) => step.done) ? undefined : steps;
}

/** Whole percents; of nothing it is none. */
export function percent(part: number, whole: number): number {
    return whole === 0 ? 0 : Math.round((100 * part) / whole);
}
