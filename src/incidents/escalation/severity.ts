import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { Severity } from '../../kernel/ports/values';
import type { Incident } from '../contract';
import { isDeferrable, isHigher, waitsForSupport } from '../domain/escalation';
import { retitled } from '../domain/revision';
import type { Transition } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { setSeverity } from '../store/changes';
import { isStepRunning, lockEscalation } from '../store/escalation';
import { armNow, restart } from '../store/pause';
import { endSnooze, restartJob } from './snooze';

/** Changes of the severity, and the pages that a higher severity sends. */

/** The reason of a step that a higher severity causes. */
export const SEVERITY_RAISED = 'The severity was raised';

interface Act {
  now: Date;
  caller: Caller;
}

/**
 * Changes the severity of a locked incident by hand. A higher one ends a snooze, and pages now if the old one was paged in
 * support hours only, unless the same change sets the status.
 */
export async function changeSeverity(
  trx: Db,
  incident: Incident,
  severity: Severity,
  { change, now, caller }: Act & { change: Transition | null },
): Promise<Entry[]> {
  const { id, severity: from } = incident;
  await setSeverity(trx, id, { severity, title: retitled(incident.title, severity) }, now);
  const detail = { from, to: severity };
  const rated: Entry = { incidentId: id, eventType: 'severity_changed', actor: caller.actor, detail, at: now };
  if (change !== null || !isHigher(severity, from)) return [rated];
  const woken = await endSnooze(trx, incident, 'severity_raised', { now, caller });
  if (woken.length === 0 && isDeferrable(from) && !isDeferrable(severity))
    await pageNow(trx, incident, { now, caller });
  return [rated, ...woken];
}

/**
 * Pages now for a locked incident that became urgent: ends a wait for support hours, else restarts the policy at step 1.
 * A step that is running needs neither: it checks the severity when its result is saved. If a person works on the incident,
 * only an exhausted policy restarts.
 */
export async function pageNow(trx: Db, incident: Incident, { now, caller }: Act): Promise<void> {
  const { id, status, assigned_to: name, assignee_email: email } = incident;
  const clock = await lockEscalation(trx, id);
  if (clock === null) return;
  const assignee = name === null || email === null ? null : { name, email };
  const pageStep = (turn: number) => enqueue(trx, now, [restartJob(id, turn, SEVERITY_RAISED, caller, { assignee })]);
  if (clock.state === 'running' && waitsForSupport(clock)) {
    await armNow(trx, id, now);
    await pageStep(clock.turn + 1);
    return;
  }
  if (status !== 'open' && clock.state !== 'exhausted') return;
  if (await isStepRunning(trx, id, clock.turn)) return;
  const turn = await restart(trx, id, now);
  if (turn !== null) await pageStep(turn);
}
