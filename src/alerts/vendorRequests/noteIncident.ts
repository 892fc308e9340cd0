import type { IncidentsContract } from '../../incidents/contract';
import { type Clock, hours } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Port } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { callerOf } from '../intake/caller';
import { retryLater, retryWhileAway } from '../retry';
import { byId } from '../store/alerts';
import type { AlertJobs } from '../store/jobKinds';

/** A muted alert gets no incident. After this time its note is only in the log of the alert. */
const WAIT_MS = hours(1);

/**
 * Adds a note to the incident of an alert. Does nothing if the alert or the incident is deleted.
 * @throws RetryIn if the alert has no incident yet, or if incidents is unavailable
 */
export async function noteIncident(
  { db, clock, incidents }: { db: Db; clock: Clock; incidents: Port<IncidentsContract> },
  { alert_id, author, content, by, since }: AlertJobs['note-incident'],
): Promise<void> {
  const [alert] = await byId(db, [alert_id]);
  if (alert === undefined) return;
  const { incident_id: id } = alert;
  if (id === null) {
    if (clock.now().getTime() - Date.parse(since) > WAIT_MS) return;
    throw retryLater(clock, since, 'The alert has no incident yet.');
  }
  await retryWhileAway(clock, since, async () => {
    try {
      await incidents.addNote({ id, author, content }, callerOf(by));
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'not-found') throw error;
    }
  });
}
