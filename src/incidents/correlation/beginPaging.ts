import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { AlertSnapshot, Incident } from '../contract';
import { peakOf, retitled } from '../domain/revision';
import { type Entry, firstOf } from '../domain/timeline';
import { endSnooze, restartJob } from '../escalation/snooze';
import { originOf } from '../jobKinds';
import { watchOf } from '../lifecycle/transitions';
import { setSeverity } from '../store/changes';
import { restart, startPaging } from '../store/pause';

interface Act {
  now: Date;
  caller: Caller;
}

interface Begin {
  /** The alert that pages. */
  paging: AlertSnapshot;
  /** The alert that raises the severity of the incident, if one does. */
  raising: AlertSnapshot | null;
  /** The reason of the first step. */
  because: string;
}

const MESSAGE_SHOWN = 200;

/** Pages now for a locked incident that paged no one: the assignee if a person has it, else its policy from step 1. */
export async function beginPaging(
  trx: Db,
  incident: Incident,
  { paging, raising, because }: Begin,
  { now, caller }: Act,
): Promise<Entry[]> {
  const { id, status, severity: from, title, not_paged_by: rule } = incident;
  await startPaging(trx, id);
  const about = { alert_id: paging.id, alert: firstOf(paging.message, MESSAGE_SHOWN) };
  const entry = (eventType: Entry['eventType'], detail: object): Entry => ({
    ...{ incidentId: id, eventType, actor: caller.actor, detail: { ...detail, ...about }, at: now },
  });
  const entries = [entry('paging_started', { not_paged_by: rule })];
  if (raising !== null) {
    const to = peakOf(raising);
    await setSeverity(trx, id, { severity: to, title: retitled(title, to) }, now);
    entries.push(entry('severity_changed', { from, to }));
  }
  if (status !== 'open') {
    const payload = { ...originOf(caller), key: `${paging.id}:joined`, incident_id: id };
    await enqueue(trx, now, [{ kind: 'page_raised', payload }, ...(status === 'acknowledged' ? [watchOf(id)] : [])]);
    return entries;
  }
  if (incident.snoozed_until !== null) {
    const pagesNow = { ...incident, not_paged_by: null };
    const woken = raising === null ? [] : await endSnooze(trx, pagesNow, 'severity_raised', { now, caller });
    return [...entries, ...woken];
  }
  const turn = await restart(trx, id, now);
  if (turn !== null) {
    const { kind, payload } = restartJob(id, turn, because, caller);
    await enqueue(trx, now, [{ kind, payload: { ...payload, announce: true } }]);
  }
  return entries;
}
