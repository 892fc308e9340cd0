import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { routeOf } from '../domain/routing';
import { incidentsWithEscalations, pagesOf } from '../store/summary';

/** Escalation summaries for rows of the incident list: the latest pages, and the people of the next step. */

type EscalationStates = Pick<Service<IncidentsContract>, 'fuses'>;
type Next = Awaited<ReturnType<EscalationStates['fuses']>>['fuses'][number]['next'];

/** The pages that a row can show. */
const PAGES_SHOWN = 4;

export function createSummaries({ db, oncall }: Pick<Deps, 'db' | 'oncall'>): EscalationStates {
  /** Asks oncall for the time of the step, because the page goes to the people who are on call then. */
  async function nextOf({ service, severity, escalation, routing }: Incident, caller: Caller): Promise<Next> {
    const { state, next_step: step = null, next_step_at: at = null } = escalation ?? {};
    if (state !== 'running' || step === null || at === null) return null;
    try {
      const route = routeOf(routing);
      const asked = {
        service,
        ...(route && { route }),
        severity,
        step,
        at,
        announce: false,
        reach: 'if_known' as const,
      };
      const { told, why } = await oncall.foreseeStep(asked, caller);
      return { step, at, why, told: distinct(told) };
    } catch (error) {
      // The time of the next page is known without oncall.
      if (error instanceof Problem && error.kind === 'unavailable') return { step, at, why: null, told: null };
      throw error;
    }
  }

  return {
    async fuses({ incidents }, caller) {
      const ids = [...new Set(incidents.toLowerCase().split(','))];
      const [found, pages] = await Promise.all([incidentsWithEscalations(db, ids), pagesOf(db, ids, PAGES_SHOWN)]);
      const fuses = found.map(async (incident) => ({
        incident_id: incident.id,
        paged: pages
          .filter(({ incident_id }) => incident_id === incident.id)
          .map(({ step, at, names }) => ({ step, at: at.toISOString(), names: [...new Set(names)] })),
        next: await nextOf(incident, caller),
      }));
      return { fuses: await Promise.all(fuses) };
    },
  };
}

/** Each person or room once: a person is paged by several methods. */
function distinct<T extends { name: string; role: string }>(told: readonly T[]): Pick<T, 'name' | 'role'>[] {
  return [...new Map(told.map(({ name, role }) => [`${role} ${name}`, { name, role }])).values()];
}
