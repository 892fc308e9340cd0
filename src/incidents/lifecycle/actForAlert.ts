import type { Db } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { createManualEscalation } from '../escalation/escalateNow';
import { createSnooze } from '../escalation/snooze';
import { linksOf } from '../store/attach';
import { firesAlone } from '../store/changes';
import { findIncidents } from '../store/reads';
import type { Guard } from './guard';
import { reopenings } from './reopen';
import { createUpdates } from './update';

/**
 * A tool snoozes, assigns, escalates or unacknowledges one of its alerts. The incident follows only if no other alert of
 * it fires: a tool must not stop the pages of an alert that it does not know.
 */

type Acting = Pick<Service<IncidentsContract>, 'actForAlert' | 'states'>;
type Act = Parameters<Acting['actForAlert']>[0];
type Result = Awaited<ReturnType<Acting['actForAlert']>>;

/** Another alert of the incident fires. */
class Shared extends Error {
  override readonly name = 'Shared';
}

/** The operations `actForAlert` and `states`. */
export function createActsForSources(deps: Deps): Acting {
  const operations = {
    ...createSnooze(deps),
    ...createUpdates(deps),
    ...reopenings(deps),
    ...createManualEscalation(deps),
  };

  /** @throws Problem of the operation, or `Shared` */
  async function perform(id: string, { act, ...input }: Act, caller: Caller, guard: Guard): Promise<unknown> {
    if (act === 'snooze') {
      const { minutes } = input;
      if (minutes === undefined) throw invalid([{ path: 'minutes', message: 'Required for a snooze' }]);
      return operations.snooze({ id, minutes, reason: input.reason }, caller, guard);
    }
    if (act === 'assign') {
      if (input.assignee === undefined) throw invalid([{ path: 'assignee', message: 'Required to assign' }]);
      return operations.update({ id, assigned_to: input.assignee }, caller, guard);
    }
    if (act === 'unacknowledge') return operations.unacknowledge({ id }, caller, guard);
    const reason = input.reason ?? `Escalated by ${caller.actor}`;
    return operations.escalateIncident({ id, reason: reason.slice(0, 500) }, caller, guard);
  }

  return {
    async actForAlert(input, caller) {
      const [link] = await linksOf(deps.db, [input.alert_id]);
      if (link === undefined) return { incident_id: null, result: 'not_attached', detail: null };
      const result = (value: Result['result'], detail: string | null = null): Result => ({
        incident_id: link.incidentId,
        result: value,
        detail,
      });
      try {
        await perform(link.incidentId, input, caller, aloneOnly(input.alert_id));
        return result('done');
      } catch (error) {
        if (error instanceof Shared) return result('shared');
        if (!(error instanceof Problem) || !['conflict', 'invalid'].includes(error.kind)) throw error;
        return result('refused', error.detail);
      }
    },

    async states({ ids }) {
      const found = await findIncidents(deps.db, ids);
      return {
        incidents: found.map(({ id, status, assigned_to, acknowledged_at, resolved_at, snoozed_until }) => {
          return { id, status, assigned_to, acknowledged_at, resolved_at, snoozed_until };
        }),
      };
    },
  };
}

const aloneOnly =
  (alertId: string): Guard =>
  async (trx: Db, { id, status }: Incident) => {
    if (status === 'resolved') throw new Problem('conflict', 'The incident is resolved');
    if (!(await firesAlone(trx, id, alertId))) throw new Shared();
  };
