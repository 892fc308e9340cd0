import { minutes } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import type { Entry } from '../domain/timeline';
import { type IncidentJob, type IncidentJobKinds, originOf } from '../jobKinds';
import type { Guard, Guarded } from '../lifecycle/guard';
import { cancelOf, snoozeEnded } from '../lifecycle/transitions';
import { keepForUndo } from '../lifecycle/undoable';
import { knownId, notFound } from '../records/incidentId';
import { recordEntries } from '../records/recordEntries';
import { lockIncident, touch } from '../store/changes';
import { clearSnooze, restartEscalations, snoozedUntilOf, snoozeEscalation } from '../store/pause';
import { findIncident } from '../store/reads';
import { readBefore } from '../store/undo';

/**
 * A snooze stops the escalation for a while. Its end restarts the policy, except by an acknowledgement or a
 * resolution.
 */

type Snoozing = Guarded<Pick<Service<IncidentsContract>, 'snooze'>> & Pick<Service<IncidentsContract>, 'endSnooze'>;
type Locked = (trx: Db, incident: Incident, now: Date) => Promise<Entry[]>;

export function createSnooze({ db, clock, poke }: Deps): Snoozing {
  /** Runs `work` on the locked incident, records its entries, and returns the incident afterwards. */
  async function changed(text: string, caller: Caller, work: Locked, undoable = false): Promise<Incident> {
    const id = knownId(text);
    const incident = await withRetry(db, async (trx) => {
      const locked = await lockIncident(trx, id);
      if (locked === null) throw notFound();
      const now = clock.now();
      const before = undoable ? await readBefore(trx, id) : null;
      await recordEntries(trx, await work(trx, locked, now), caller);
      await touch(trx, id, now);
      if (before !== null) await keepForUndo(trx, id, before, { change: null, now, caller });
      return (await findIncident(trx, id)) as Incident;
    });
    poke();
    return incident;
  }

  return {
    snooze: ({ id, minutes: length, reason }, caller, guard?: Guard) => {
      const snooze: Locked = async (trx, incident, now) => {
        await guard?.(trx, incident);
        if (incident.status !== 'open' && incident.status !== 'acknowledged') {
          throw new Problem('conflict', `An incident that is ${incident.status} cannot be snoozed`);
        }
        const until = new Date(now.getTime() + minutes(length));
        await snoozeEscalation(trx, incident.id, until);
        await enqueue(trx, now, [snoozeOver(incident.id, until), cancelOf(incident.id, 'snoozed', { now, caller })]);
        const detail = { until: until.toISOString(), minutes: length, ...(reason && { reason }) };
        return [{ incidentId: incident.id, eventType: 'snoozed', actor: caller.actor, detail, at: now }];
      };
      return changed(id, caller, snooze, true);
    },

    endSnooze: ({ id }, caller) =>
      changed(id, caller, async (trx, incident, now) => {
        const entries = await endSnooze(trx, incident, 'ended_by_hand', { now, caller });
        if (entries.length === 0) throw new Problem('conflict', 'This incident is not snoozed');
        return entries;
      }),
  };
}

export const snoozeOver = (incidentId: string, until: Date): IncidentJob => ({
  kind: 'snooze_over',
  key: `snooze:${incidentId}`,
  payload: { incident_id: incidentId, until: until.toISOString() },
  runAt: until,
  reschedule: true,
});

/**
 * Ends the snooze of a locked incident and restarts its policy. Does nothing if it is not snoozed, or not until
 * `until`.
 */
export async function endSnooze(
  trx: Db,
  { id, not_paged_by }: Pick<Incident, 'id' | 'not_paged_by'>,
  reason: string,
  { now, caller, until, because = 'The snooze is over' }: { now: Date; caller: Caller; until?: Date; because?: string },
): Promise<Entry[]> {
  const snoozedUntil = until ?? (await snoozedUntilOf(trx, id));
  if (not_paged_by !== null) {
    const ended = snoozedUntil !== null && (await clearSnooze(trx, id, snoozedUntil));
    return ended ? [snoozeEnded(id, reason, caller.actor, now)] : [];
  }
  const turn = snoozedUntil === null ? null : await restartEscalations(trx, id, { snoozedUntil }, now);
  if (turn === null) return [];
  await enqueue(trx, now, [restartJob(id, turn, because, caller)]);
  return [snoozeEnded(id, reason, caller.actor, now)];
}

/** The job of step 1 after a restart. */
export const restartJob = (
  incidentId: string,
  turn: number,
  reason: string,
  caller: Caller,
  { assignee = null, spare }: { assignee?: { name: string; email: string } | null; spare?: string | undefined } = {},
): { kind: 'step'; payload: IncidentJobKinds['step'] } => ({
  kind: 'step',
  payload: { ...originOf(caller), incident_id: incidentId, turn, reason, assignee, ...(spare && { spare }) },
});
