import type { Db } from '../../kernel/db/pool';
import { type By, type NewEvent, record } from '../../kernel/events/events';
import type { IncidentEventKind } from '../contract';
import type { Entry } from '../domain/timeline';
import { insertEntries } from '../store/timeline';

/** Inserts entries twice: into the timeline for people, and as events for the modules above. */
export async function recordEntries(trx: Db, entries: readonly Entry[], by: By): Promise<void> {
  const shown = entries.map((entry) => withChannel(entry, by));
  await insertEntries(trx, shown);
  await record(trx, shown.map(eventOf), by);
}

/** Adds the channel to the entries of a person who answered from a message. */
function withChannel(entry: Entry, { actor, via }: By): Entry {
  if (via === undefined || via === 'link' || entry.actor !== actor) return entry;
  return { ...entry, detail: { ...entry.detail, via } };
}

/** The event of a timeline entry. */
export const eventOf = ({ incidentId, eventType, actor, detail, at }: Entry): NewEvent<IncidentEventKind> => ({
  kind: `incident_${eventType}`,
  subject: incidentId,
  actor,
  data: detail,
  at,
});
