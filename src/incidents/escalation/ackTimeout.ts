import { minutes } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import { type Caller, systemCaller } from '../../kernel/ports/contract';
import type { Deps } from '../deps';
import { recordEntries } from '../records/recordEntries';
import { lockIncident } from '../store/changes';
import { lastActivityOf, restartEscalations, saveActivity } from '../store/pause';
import { findIncident } from '../store/reads';
import { restartJob } from './snooze';

/**
 * The timeout of acknowledgements, if the policy has one: after that time without activity of a person the policy restarts.
 * The status stays acknowledged.
 */

/** Whether a caller counts as a person: a user, also by a signed link, or the API key of a script. */
export const isPerson = ({ kind }: Pick<Caller, 'kind'>): boolean => kind === 'user' || kind === 'key';

/** Saves the time of an activity of a person; integrations and the system do not count. */
export const noteActivity = async (trx: Db, incidentId: string, caller: Caller, at: Date): Promise<void> => {
  if (isPerson(caller)) await saveActivity(trx, incidentId, at);
};

/** How often the job asks for the timeout again, because the policy can change after the acknowledgement. */
const LOOK_AGAIN_MS = minutes(15);

/** The handler of `ack_timeout`: restarts the policy after the timeout, or enqueues the next check. */
export function createAckTimeout({ db, clock, oncall, poke }: Deps): (incidentId: string) => Promise<void> {
  /** False if a person became active meanwhile. */
  async function timeOut(id: string, lastActivityAt: Date, timeout: number, caller: Caller): Promise<boolean> {
    const timedOut = await withRetry(db, async (trx) => {
      const incident = await lockIncident(trx, id);
      const now = clock.now();
      const turn =
        incident?.status === 'acknowledged' ? await restartEscalations(trx, id, { lastActivityAt }, now) : null;
      if (turn === null) return false;
      const detail = { minutes: timeout, last_heard_at: lastActivityAt.toISOString() };
      await recordEntries(
        trx,
        [{ incidentId: id, eventType: 'ack_timed_out', actor: 'system', detail, at: now }],
        caller,
      );
      await enqueue(trx, now, [restartJob(id, turn, 'The acknowledgement timed out', caller)]);
      return true;
    });
    poke();
    return timedOut;
  }

  return async (id) => {
    const incident = await findIncident(db, id);
    const heardAt = await lastActivityOf(db, id);
    if (incident?.status !== 'acknowledged' || heardAt === null) return;
    // Watched again when it begins to page.
    if (incident.not_paged_by !== null) return;
    const caller = systemCaller(`acknowledged-${id}`);
    const { team, policy } = incident.routing ?? { team: null, policy: null };
    const route = { ...(team !== null && { team }), ...(policy !== null && { policy }) };
    const { minutes: timeout } = await oncall.ackTimeout({ service: incident.service, ...route }, caller);
    const again = clock.now().getTime() + LOOK_AGAIN_MS;
    const due = timeout === null ? Number.POSITIVE_INFINITY : heardAt.getTime() + minutes(timeout);
    if (timeout !== null && due <= clock.now().getTime() && (await timeOut(id, heardAt, timeout, caller))) return;
    const runAt = new Date(Math.min(due, again));
    const look = { kind: 'ack_timeout', key: `ack:${id}`, payload: { incident_id: id }, runAt, reschedule: true };
    await enqueue(db, clock.now(), [look]);
  };
}
