import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { Severity } from '../../kernel/ports/values';
import type { AlertSnapshot, Incident, IncidentEventKind } from '../contract';
import type { Deps } from '../deps';
import { isDeferrable, isHigher } from '../domain/escalation';
import { isRaised, isRevised, mergedOf, titleAfter } from '../domain/revision';
import { pages } from '../domain/routing';
import { contextOf, type Entry, firstOf } from '../domain/timeline';
import { pageNow, SEVERITY_RAISED } from '../escalation/severity';
import { endSnooze } from '../escalation/snooze';
import { originOf } from '../jobKinds';
import { recordEntries } from '../records/recordEntries';
import { lockLinks, writeLatest } from '../store/attach';
import { lockIncidents, setSeverity, titleAlertsOf, writeRevision } from '../store/changes';
import { beginPaging } from './beginPaging';

/** Alerts whose content changed: the incident takes over the new text, and an increased severity. */

interface Act {
  now: Date;
  caller: Caller;
}

type Revise = (revised: ReadonlyMap<AlertSnapshot, string>, caller: Caller) => Promise<void>;

const MESSAGE_SHOWN = 200;

/** Applies the changes of alerts to their incidents, given as alert and incident id. */
export function createRevision({ db, clock, poke }: Pick<Deps, 'db' | 'clock' | 'poke'>): Revise {
  async function write(trx: Db, revised: ReadonlyMap<AlertSnapshot, string>, caller: Caller): Promise<void> {
    const ids = [...new Set(revised.values())];
    const incidents = await lockIncidents(trx, ids);
    const now = clock.now();
    const links = new Map(
      (
        await lockLinks(
          trx,
          [...revised.keys()].map(({ id }) => id),
        )
      ).map((l) => [l.alertId, l]),
    );
    // Compared again under the locks, because another process may have delivered the same revision.
    const changed = [...revised.keys()].flatMap((alert) => {
      const link = links.get(alert.id);
      const incident = link && incidents.get(link.incidentId);
      if (!link || !incident || incident.status === 'resolved' || !isRevised(alert, link)) return [];
      return [
        {
          incident,
          alert: mergedOf(link.latest, alert),
          raisedTo: isRaised(alert, link) ? alert.raised?.to : undefined,
        },
      ];
    });
    if (changed.length === 0) return;
    await writeLatest(
      trx,
      changed.map(({ alert }) => alert),
    );
    const titleAlerts = await titleAlertsOf(trx, ids);
    for (const id of ids) {
      const own = changed.filter(({ incident }) => incident.id === id);
      const [first] = own;
      if (first !== undefined) await reviseIncident(trx, first.incident, own, titleAlerts.get(id), { now, caller });
    }
    const touched = [...new Set(changed.map(({ incident }) => incident.id))];
    const event: NewEvent<IncidentEventKind> = {
      kind: 'alerts_revised',
      subject: touched[0] as string,
      actor: caller.actor,
      data: { incidents: touched },
      at: now,
    };
    await record(trx, [event], caller);
  }

  return async (revised, caller) => {
    await withRetry(db, (trx) => write(trx, revised, caller));
    poke();
  };
}

interface Revised {
  alert: AlertSnapshot;
  raisedTo: Severity | undefined;
}

async function reviseIncident(
  trx: Db,
  incident: Incident,
  changed: readonly Revised[],
  titleAlert: string | undefined,
  act: Act,
): Promise<void> {
  const highest = changed.reduce<(Revised & { raisedTo: Severity }) | null>((best, { alert, raisedTo }) => {
    if (raisedTo === undefined || !isHigher(raisedTo, best?.raisedTo ?? incident.severity)) return best;
    return { alert, raisedTo };
  }, null);
  const revised = changed.find(({ alert }) => alert.id === titleAlert)?.alert ?? null;
  const severity = highest?.raisedTo ?? incident.severity;
  const title = titleAfter({ ...incident, severity }, revised);
  if (revised !== null || title !== incident.title) {
    await writeRevision(trx, incident.id, { title, context: revised && contextOf(revised), at: act.now });
  }
  if (highest !== null) await recordEntries(trx, await raise(trx, { ...incident, title }, highest, act), act.caller);
}

/** Raises a locked incident to the severity of an alert, and pages for the higher severity if the alert pages. */
export async function raise(
  trx: Db,
  incident: Incident,
  { alert, raisedTo: to }: Revised & { raisedTo: Severity },
  act: Act,
): Promise<Entry[]> {
  const { id, title, severity: from, status } = incident;
  const { now, caller } = act;
  if (incident.not_paged_by !== null && pages(alert)) {
    return beginPaging(trx, incident, { paging: alert, raising: alert, because: SEVERITY_RAISED }, act);
  }
  await setSeverity(trx, id, { severity: to, title }, now);
  const detail = { from, to, alert_id: alert.id, alert: firstOf(alert.message, MESSAGE_SHOWN) };
  const raised: Entry = { incidentId: id, eventType: 'severity_changed', actor: caller.actor, detail, at: now };
  if (!pages(alert)) return [raised];
  const woken = await endSnooze(trx, incident, 'severity_raised', { ...act, because: SEVERITY_RAISED });
  if (woken.length > 0) return [raised, ...woken];
  if (status !== 'open') {
    const key = `${alert.id}:${alert.raised?.revision ?? 0}`;
    await enqueue(trx, now, [{ kind: 'page_raised', payload: { ...originOf(caller), key, incident_id: id } }]);
  } else if (isDeferrable(from) && !isDeferrable(to)) await pageNow(trx, incident, act);
  return [raised];
}
