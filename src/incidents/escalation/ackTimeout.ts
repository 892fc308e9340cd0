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
 * An acknowledged incident is watched where its policy has a timeout for acknowledgements: when no person was heard of
 * for so long, its status stays and its policy begins anew.
 */

/** Whether a caller counts as a person: a user, also by a signed link, or the API key of a script. */
export const isPerson = ({ kind }: Pick<Caller, 'kind'>): boolean => kind === 'user' || kind === 'key';

/** Notes that a person did something about an incident; what machines report and the clockwork does is no sign of life. */
export const noteActivity = async (trx: Db, incidentId: string, caller: Caller, at: Date): Promise<void> => {
  if (isPerson(caller)) await saveActivity(trx, incidentId, at);
};

/** A policy whose timeout is set, or set otherwise, after an acknowledgement is heeded at the latest after this. */
const LOOK_AGAIN_MS = minutes(15);

/** Looks whether an incident was forgotten; else comes back when it would be, or when its policy may say otherwise. */
export function createAckTimeout({ db, clock, oncall, poke }: Deps): (incidentId: string) => Promise<void> {
  /** False where somebody was heard of in this very moment. */
  async function timeOut(id: string, heardAt: Date, timeout: number, caller: Caller): Promise<boolean> {
    const timedOut = await withRetry(db, async (trx) => {
      const incident = await lockIncident(trx, id);
      const now = clock.now();
      const turn = incident?.status === 'acknowledged' ? await restartEscalations(trx, id, { heardAt }, now) : null;
      if (turn === null) return false;
      const detail = { minutes: timeout, last_heard_at: heardAt.toISOString() };
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
    const caller = systemCaller(`acknowledged-${id}`);
    const { minutes: timeout } = await oncall.ackTimeout({ service: incident.service }, caller);
    const again = clock.now().getTime() + LOOK_AGAIN_MS;
    const due = timeout === null ? Number.POSITIVE_INFINITY : heardAt.getTime() + minutes(timeout);
    if (timeout !== null && due <= clock.now().getTime() && (await timeOut(id, heardAt, timeout, caller))) return;
    const runAt = new Date(Math.min(due, again));
    const look = { kind: 'ack_timeout', key: `ack:${id}`, payload: { incident_id: id }, runAt, reschedule: true };
    await enqueue(db, clock.now(), [look]);
  };
}
