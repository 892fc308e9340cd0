import { minutes } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { Severity } from '../../kernel/ports/values';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { isDeferrable, isHigher, waitsForSupport } from '../domain/escalation';
import { retitled } from '../domain/revision';
import type { Transition } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { type IncidentJob, originOf } from '../jobKinds';
import { cancelOf, snoozeEnded } from '../lifecycle/transitions';
import { keepForUndo } from '../lifecycle/undoable';
import { knownId, notFound } from '../records/incidentId';
import { recordEntries } from '../records/recordEntries';
import { lockIncident, setSeverity, touch } from '../store/changes';
import { lockEscalation } from '../store/escalation';
import { armNow, restartEscalations, snoozedUntilOf, snoozeEscalation } from '../store/pause';
import { findIncident } from '../store/reads';
import { readBefore } from '../store/undo';

/**
 * A snooze stops the escalation for a while. Its end restarts the policy, except by an acknowledgement or a
 * resolution.
 */

type Snoozing = Pick<Service<IncidentsContract>, 'snooze' | 'endSnooze'>;
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
    snooze: ({ id, minutes: length, reason }, caller) => {
      const snooze: Locked = async (trx, incident, now) => {
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
  { id }: Pick<Incident, 'id'>,
  reason: string,
  { now, caller, until, because = 'The snooze is over' }: { now: Date; caller: Caller; until?: Date; because?: string },
): Promise<Entry[]> {
  const snoozedUntil = until ?? (await snoozedUntilOf(trx, id));
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
): IncidentJob => ({
  kind: 'step',
  payload: { ...originOf(caller), incident_id: incidentId, turn, reason, assignee, ...(spare && { spare }) },
});

/** Changes the severity of a locked incident. A higher one ends a snooze, unless the same change sets the status. */
export async function changeSeverity(
  trx: Db,
  incident: Incident,
  severity: Severity,
  { change, now, caller }: { change: Transition | null; now: Date; caller: Caller },
): Promise<Entry[]> {
  const { id, severity: from } = incident;
  await setSeverity(trx, id, { severity, title: retitled(incident.title, severity) }, now);
  const detail = { from, to: severity };
  const rated: Entry = { incidentId: id, eventType: 'severity_changed', actor: caller.actor, detail, at: now };
  if (change !== null || !isHigher(severity, from)) return [rated];
  const woken = await endSnooze(trx, incident, 'severity_raised', { now, caller });
  if (woken.length === 0 && isDeferrable(from) && !isDeferrable(severity))
    await pageWaitingStep(trx, incident, { now, caller });
  return [rated, ...woken];
}

/** Ends a wait for support hours: the step runs now. False if no step waited for them. */
export async function pageWaitingStep(
  trx: Db,
  incident: Incident,
  { now, caller }: { now: Date; caller: Caller },
): Promise<boolean> {
  const { id, assigned_to: name, assignee_email: email } = incident;
  const clock = await lockEscalation(trx, id);
  if (clock === null || clock.state !== 'running' || !waitsForSupport(clock)) return false;
  await armNow(trx, id, now);
  const assignee = name === null || email === null ? null : { name, email };
  await enqueue(trx, now, [restartJob(id, clock.turn + 1, 'The severity was raised', caller, { assignee })]);
  return true;
}
