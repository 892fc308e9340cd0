import type { Db } from '../../kernel/db/pool';
import { record } from '../../kernel/events/events';
import type { Caller } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { againAt, CODE_VALID_MS, hashOf, judgeCode, MOST_TRIES, newCode, nextSendAt, type Verdict } from './code';
import type { MethodDeps } from './deps';
import { methodEvent } from './events';
import type { ContactMethod } from './method';
import { addSend, countTry, dropCode, lockCode, lockMethod, saveCode, saveMethod, sendsTo } from './store';

/** Codes that prove that a person receives what goes to an address. */

/** Counts a message that a person caused, so that no one can flood an address. @throws Problem `too-many` */
export async function pacedSend(trx: Db, method: ContactMethod, now: Date): Promise<void> {
  const next = nextSendAt(await sendsTo(trx, method, now), now);
  if (next !== null) {
    const retry_after_seconds = Math.ceil((next.getTime() - now.getTime()) / 1_000);
    throw new Problem('too-many', 'Another message was just sent to this address. Wait a little.', {
      retry_after_seconds,
    });
  }
  await addSend(trx, method, now);
}

/** Stores a new code of a method in the transaction; `deliverCode` sends it after the commit. @throws Problem `too-many` */
export async function storeCode(
  { clock, secretKey }: Pick<MethodDeps, 'clock' | 'secretKey'>,
  trx: Db,
  method: ContactMethod,
): Promise<string> {
  const now = clock.now();
  await pacedSend(trx, method, now);
  const code = newCode();
  const expires_at = new Date(now.getTime() + CODE_VALID_MS);
  await saveCode(trx, method.id, { code_hash: hashOf(secretKey, method.id, code), expires_at });
  return code;
}

/**
 * Sends a code through the method, without a notification: a list of notifications must not show codes. The result is
 * known at once; the person requests another code if this one does not arrive.
 */
export async function deliverCode(deps: MethodDeps, method: ContactMethod, code: string) {
  const { channels, clock, db, log } = deps;
  const at = clock.now();
  const text = `${code} is your Tocsin code. It is valid for 10 minutes. If you did not request it, ignore this message.`;
  const message = {
    ...{ notificationId: `code-${method.id}-${at.getTime()}`, incidentId: 'contact-methods', severity: null },
    ...{ recipient: method.address, text, links: {}, sourceLinks: [], kind: 'code' as const, at },
  };
  const outcome = await channels
    .of(method.channel)
    .deliver(message)
    .catch((err: unknown) => {
      log.error({ err, channel: method.channel }, 'a channel failed unexpectedly');
      return { outcome: 'failed' as const, reason: 'internal_error', permanent: false };
    });
  const reason = outcome.outcome === 'failed' ? outcome.reason : null;
  if (method.state === 'unverified') await saveMethod(db, method.id, { last_error: reason });
  const expires_at = new Date(at.getTime() + CODE_VALID_MS).toISOString();
  return { sent: reason === null, reason, expires_at, again_at: againAt(at).toISOString() };
}

/**
 * Verifies a method by its code. A wrong code counts even though it is refused.
 * @throws Problem `invalid` naming `code`, `not-found` if the method was deleted meanwhile
 */
export async function verifyByCode(deps: MethodDeps, id: string, code: string, caller: Caller): Promise<ContactMethod> {
  const { db, clock, channels, secretKey } = deps;
  const now = clock.now();
  const { verdict, left, method } = await db.transaction(async (trx) => {
    const found = await lockMethod(trx, id);
    const stored = await lockCode(trx, id);
    const verdict = found === undefined ? 'none' : judgeCode(stored, hashOf(secretKey, id, code), now);
    if (verdict === 'wrong') await countTry(trx, id);
    if (verdict !== 'right' || found === undefined)
      return { verdict, left: MOST_TRIES - 1 - (stored?.tries ?? 0), method: null };
    await dropCode(trx, id);
    const change = {
      ...{ state: 'verified' as const, verified_at: now, last_delivered_at: now },
      ...{ failures: 0, failing_since: null, last_error: null },
    };
    await saveMethod(trx, id, change);
    const verified = { ...found, ...change };
    await record(
      trx,
      [methodEvent('contact_method_verified', verified, { channels, actor: caller.actor, at: now })],
      caller,
    );
    return { verdict, left: 0, method: verified };
  });
  if (method !== null) return method;
  throw invalid([{ path: 'code', message: REFUSALS[verdict as Exclude<Verdict, 'right'>](left) }]);
}

const REFUSALS: Record<Exclude<Verdict, 'right'>, (left: number) => string> = {
  wrong: (left) =>
    left > 0
      ? `This code is wrong; ${left} ${left === 1 ? 'try' : 'tries'} left`
      : 'This code is wrong; request a new one',
  used_up: () => 'Too many wrong codes; request a new one',
  expired: () => 'This code has expired; request a new one',
  none: () => 'No code is open; request one',
};
