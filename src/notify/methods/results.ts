import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import type { ChannelName } from '../contract';
import { keyOfAddress, shortAddress } from './address';
import type { MethodDeps } from './deps';
import { methodEvent } from './events';
import { afterFailure, afterSuccess, type ContactMethod } from './method';
import { notifyOwner } from './ownerNotice';
import { lockMethod, methodsAt, saveMethod } from './store';
import { withdrawMessages } from './withdraw';

/** What messages show about the contact methods they went to. */

type Deps = Pick<MethodDeps, 'db' | 'clock' | 'channels'>;

/** The proven contact method at an address in its stored spelling, whose person an answer from there comes from; null if unknown. */
export async function methodOf(
  { db, channels }: Pick<Deps, 'db' | 'channels'>,
  channel: ChannelName,
  address: string,
): Promise<ContactMethod | null> {
  const found = await methodsAt(db, channel, keyOfAddress(address, channels.of(channel).definition.address));
  return found.find(({ verified_at }) => verified_at !== null) ?? null;
}

/** Records that a message was accepted. `isTest`: its owner asked for it, so that it enables a disabled method again. */
export function recordDelivered(deps: Deps, methodId: string, at: Date, isTest = false): Promise<void> {
  return deps.db.transaction(async (trx) => {
    const before = await lockMethod(trx, methodId);
    if (before === undefined) return;
    const after = afterSuccess(before, { at, isTest });
    await saveMethod(trx, methodId, stateOf(after));
    if (after.state === before.state) return;
    const event = { channels: deps.channels, actor: SYSTEM_ACTOR, at, data: { why: isTest ? 'tested' : 'delivered' } };
    await record(trx, [methodEvent('contact_method_verified', after, event)], BY_SYSTEM);
  });
}

/**
 * Records a failure in the transaction. The owner is notified by their other methods if the method fails for good, or is
 * disabled; a failure that passes is no reason to write to everybody who uses the provider.
 * @param since the first failure of the message; now if absent
 */
export async function recordFailure(
  { clock, channels }: Pick<Deps, 'clock' | 'channels'>,
  trx: Db,
  methodId: string,
  { reason, permanent, since }: { reason: string; permanent: boolean; since?: string | undefined },
): Promise<void> {
  const before = await lockMethod(trx, methodId);
  if (before === undefined) return;
  const at = clock.now();
  // Another message was accepted meanwhile.
  if (since !== undefined && before.last_delivered_at !== null && before.last_delivered_at > new Date(since)) return;
  const after = afterFailure(before, { reason, permanent, since: since === undefined ? at : new Date(since) });
  await saveMethod(trx, methodId, stateOf(after));
  if (after.state === before.state) return;
  const kind = after.state === 'disabled' ? 'contact_method_disabled' : 'contact_method_failing';
  await record(trx, [methodEvent(kind, after, { channels, actor: SYSTEM_ACTOR, at, data: { reason } })], BY_SYSTEM);
  if (!permanent) return;
  const message = failureWords(after, channels);
  await notifyOwner(trx, { person: after.person_email, message, except: methodId, now: at }, channels);
}

/** Records an answer of the owner from this address. */
export async function recordAnswered({ db }: Pick<Deps, 'db'>, methodId: string, at: Date): Promise<void> {
  await saveMethod(db, methodId, { last_answered_at: at });
}

/** The owner of an address refuses further messages (STOP), or allows them again. */
export function setConsent(deps: Deps, channel: ChannelName, address: string, given: boolean): Promise<void> {
  const { db, clock, channels } = deps;
  const at = clock.now();
  return db.transaction(async (trx) => {
    const key = keyOfAddress(address, channels.of(channel).definition.address);
    for (const method of await methodsAt(trx, channel, key)) {
      if ((method.stopped_at === null) === given) continue;
      const last_error = given ? null : 'stopped_by_recipient';
      await saveMethod(trx, method.id, { stopped_at: given ? null : at, last_error });
      if (!given) await withdrawMessages(trx, method, 'stopped_by_recipient', at);
      const kind = given ? 'contact_method_verified' : 'contact_method_failing';
      const data = { why: given ? 'allowed_again' : 'stopped' };
      await record(trx, [methodEvent(kind, method, { channels, actor: SYSTEM_ACTOR, at, data })], BY_SYSTEM);
      const message = `You refused messages of Tocsin by ${wordsFor(method, channels)}. Pages do not use it any more.`;
      if (!given)
        await notifyOwner(trx, { person: method.person_email, message, except: method.id, now: at }, channels);
    }
  });
}

const stateOf = ({ state, failures, failing_since, last_error, last_delivered_at }: ContactMethod) => ({
  ...{ state, failures, failing_since, last_error, last_delivered_at },
});

/** A method in words, as `SMS (+49…78)`. */
export const wordsFor = (
  { channel, address }: Pick<ContactMethod, 'channel' | 'address'>,
  channels: Deps['channels'],
): string => {
  const { title, address: kind } = channels.of(channel).definition;
  return kind.kind === 'device' ? title : `${title} (${shortAddress(address, kind.kind)})`;
};

const failureWords = (method: ContactMethod, channels: Deps['channels']): string =>
  method.state === 'disabled'
    ? `Tocsin does not page you by ${wordsFor(method, channels)} any more, because three messages failed: ${method.last_error}. Correct it and send a test from your account page.`
    : `Tocsin could not reach you by ${wordsFor(method, channels)}: ${method.last_error}. Check it on your account page.`;
