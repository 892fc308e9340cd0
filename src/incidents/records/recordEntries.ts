import type { Db } from '../../kernel/db/pool';
import { type By, type NewEvent, record } from '../../kernel/events/events';
import type { IncidentEventKind } from '../contract';
import type { Entry } from '../domain/timeline';
import { insertEntries } from '../store/timeline';

/** Inserts entries twice: into the timeline for people, and as events for the modules above. */
export async function recordEntries(trx: Db, entries: readonly Entry[], by: By): Promise<void> {
  await insertEntries(trx, entries);
  await record(trx, entries.map(eventOf), by);
}

/** The event of a timeline entry. */
export const eventOf = ({ incidentId, eventType, actor, detail, at }: Entry): NewEvent<IncidentEventKind> => ({
  kind: `incident_${eventType}`,
  subject: incidentId,
  actor,
  data: detail,
  at,
});
