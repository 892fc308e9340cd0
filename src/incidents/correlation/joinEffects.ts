import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { AlertSnapshot, Incident } from '../contract';
import { isHigher } from '../domain/escalation';
import { peakOf, retitled } from '../domain/revision';
import { mixesSeverities, pages } from '../domain/routing';
import type { Entry } from '../domain/timeline';
import { lockIncidents } from '../store/changes';
import type { Link } from '../store/openings';
import { beginPaging } from './beginPaging';
import { raise } from './revision';

/**
 * What alerts change in an incident that they join, beside its count: a more severe one raises the severity, and one that
 * pages makes an incident page that pages no one.
 */

interface Act {
  now: Date;
  caller: Caller;
}

/** The reason of the first step of an incident that begins to page. */
const PAGES_NOW = 'An alert that pages joined';
/** Applies the effects of new links in unresolved incidents. @returns the entries to record */
export async function applyJoins(trx: Db, links: readonly Link[], act: Act): Promise<Entry[]> {
  const ids = [...new Set(links.map(({ incidentId }) => incidentId))];
  if (ids.length === 0) return [];
  const entries: Entry[] = [];
  for (const [id, incident] of await lockIncidents(trx, ids)) {
    const alerts = links.filter(({ incidentId }) => incidentId === id).map(({ alert }) => alert);
    entries.push(...(await applyJoin(trx, incident, alerts, act)));
  }
  return entries;
}

async function applyJoin(trx: Db, incident: Incident, alerts: readonly AlertSnapshot[], act: Act): Promise<Entry[]> {
  const highest = highestOf(alerts);
  const raises = highest !== null && isHigher(peakOf(highest), incident.severity);
  const paging = incident.not_paged_by === null ? undefined : alerts.find(pages);
  if (paging !== undefined) {
    return beginPaging(trx, incident, { paging, raising: raises ? highest : null, because: PAGES_NOW }, act);
  }
  if (!raises) return [];
  const raisedTo = peakOf(highest);
  return raise(trx, { ...incident, title: retitled(incident.title, raisedTo) }, { alert: highest, raisedTo }, act);
}

/** The most severe of the alerts whose group takes all severities. */
const highestOf = (alerts: readonly AlertSnapshot[]): AlertSnapshot | null =>
  alerts
    .filter(mixesSeverities)
    .reduce<AlertSnapshot | null>(
      (best, alert) => (best === null || isHigher(peakOf(alert), peakOf(best)) ? alert : best),
      null,
    );
