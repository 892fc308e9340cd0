import type { Db } from '../../kernel/db/pool';
import { complete, enqueue, type Job, type RunningJob } from '../../kernel/jobs/jobs';
import type { Receipt } from '../channels/inbound';
import type { Outcome } from '../domain';
import { dueJob } from '../pages/build';
import { reachPage, reopenPage } from '../pages/store';
import type { Notification } from '../store/notifications';
import type { MethodDeps } from './deps';
import { FAILING_AFTER_MS } from './method';
import { recordDelivered, recordFailure } from './results';

/** What the end of a delivery changes about the contact method that it went to. */

/** A message to a contact method that failed, or was retried for long; `since` is the instant of its first attempt. */
export type FailedMethod = { method_id: string; reason: string; permanent: boolean; since?: string };

type Ended = Pick<Notification, 'method_id' | 'page_id' | 'audience'>;

/** The jobs of an attempt after which a message is retried: one that is retried for long makes its method failing. */
export function jobsAfterRetry(
  { method_id, first_attempt_at }: Pick<Ended, 'method_id'> & { first_attempt_at: Date },
  outcome: Outcome,
  now: Date,
): Job[] {
  const isLong = now.getTime() - first_attempt_at.getTime() >= FAILING_AFTER_MS;
  if (method_id === null || !isLong || outcome.outcome !== 'failed') return [];
  const failed = { method_id, reason: outcome.reason, permanent: false, since: first_attempt_at.toISOString() };
  return [{ kind: 'method_failed', payload: failed satisfies FailedMethod }];
}

/** The jobs that a failed delivery enqueues in the statement that saves its end. */
export function jobsAfterEnd({ method_id, page_id }: Ended, outcome: Outcome, next: { status: string }): Job[] {
  if (next.status !== 'failed' || outcome.outcome !== 'failed') return [];
  const { reason, permanent } = outcome;
  const ofPage = page_id === null ? [] : [dueJob(page_id)];
  return method_id === null
    ? ofPage
    : [...ofPage, { kind: 'method_failed', payload: { method_id, reason, permanent } satisfies FailedMethod }];
}

/**
 * A message that was accepted and did not arrive is a failure: it counts for its contact method, and its page starts the next
 * rule at once, even if the page seemed to be done. One that arrived after all reaches its page, even if the page had ended
 * as not reached.
 */
export async function noteReceipt(
  trx: Db,
  { method_id, page_id }: Ended,
  { state, reason, permanent }: Pick<Receipt, 'state' | 'reason' | 'permanent'>,
  at: Date,
): Promise<void> {
  if (state !== 'undelivered') {
    if (page_id !== null) await reachPage(trx, page_id);
    return;
  }
  if (page_id !== null) await reopenPage(trx, page_id);
  const failed = method_id && { method_id, reason: reason ?? 'undelivered', permanent };
  await enqueue(trx, at, [
    ...(page_id === null ? [] : [dueJob(page_id)]),
    ...(failed ? [{ kind: 'method_failed', payload: failed satisfies FailedMethod }] : []),
  ]);
}

/** A crash before this loses one observation, which the next message makes again; so a fault here is only logged. */
export async function noteAccepted(
  deps: Pick<MethodDeps, 'db' | 'clock' | 'channels' | 'log'>,
  { method_id, audience }: Pick<Ended, 'method_id' | 'audience'>,
  at: Date,
): Promise<void> {
  if (method_id === null) return;
  await recordDelivered(deps, method_id, at, audience === 'direct').catch((err: unknown) =>
    deps.log.warn({ err, method: method_id }, 'the delivery to a contact method was not recorded'),
  );
}

/** The handler of `method_failed`: counts each failure once. */
export async function noteFailed(
  deps: Pick<MethodDeps, 'db' | 'clock' | 'channels'>,
  { method_id, ...failure }: FailedMethod,
  job: RunningJob,
): Promise<void> {
  await deps.db.transaction(async (trx) => {
    if ((await complete(trx, [job])).length === 0) return;
    await recordFailure(deps, trx, method_id, failure);
  });
}
