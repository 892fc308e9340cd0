import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { type Clock, minutes } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { type By, record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import type { Channels } from '../channels/open';
import { type ChannelName, MOST_METHODS, type NotifyContract } from '../contract';
import { keyOfAddress } from '../methods/address';
import { methodEvent } from '../methods/events';
import type { ContactMethod } from '../methods/method';
import { insertMethod, lockPerson, methodById, methodsAt, methodsOf, saveMethod } from '../methods/store';
import { saveLink, takeLink } from '../store/accountLinks';

/** A person links an account of a chat by a code: the account becomes a verified contact method. */

const VALID_MS = minutes(10);
const CODE_LENGTH = 10;
/** Without letters and digits that look alike. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

const NOT_VALID =
  'This code is not valid any more. Open Tocsin, Account → How you are reached, and send the code that it shows.';
const TAKEN =
  'This account belongs to another person in Tocsin. They can remove it under Account → How you are reached.';

interface LinkDeps {
  db: Db;
  clock: Clock;
  channels: Channels;
  /** Keys the hashes of codes. */
  secretKey: string;
}

const hashOf = (secretKey: string, code: string): Buffer =>
  createHmac('sha256', secretKey).update(`account-link.${code.trim().toLowerCase()}`).digest();

/** The operation by which a person gets a code. */
export const accountLinks = ({
  db,
  clock,
  channels,
  secretKey,
}: LinkDeps): Pick<Service<NotifyContract>, 'linkAccount'> => ({
  async linkAccount(_input, caller) {
    const person = personOf(caller);
    const code = Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
    const expires_at = new Date(clock.now().getTime() + VALID_MS);
    const link = { code_hash: hashOf(secretKey, code), person_email: person, created_by: caller.actor, expires_at };
    await db.transaction((trx) => saveLink(trx, link));
    return {
      code,
      expires_at: expires_at.toISOString(),
      channels: channels.all
        .filter(({ id, linkCommand }) => linkCommand !== undefined && channels.of(id).configured())
        .map(({ id, title, linkCommand }) => ({ channel: id, title, send: `${linkCommand} ${code}` })),
    };
  },
});

/** @throws Problem `invalid` if the caller is no user with an e-mail address */
function personOf({ kind, email }: Caller): string {
  if (kind === 'user' && email !== null) return email.toLowerCase();
  throw invalid([{ path: '', message: 'Only a user with an e-mail address can link an account' }]);
}

/** Links the account that sent a code. Returns the text for its owner. */
export async function linkInWords(
  { db, clock, channels, secretKey }: LinkDeps,
  channel: ChannelName,
  { sender, code }: { sender: string; code: string },
): Promise<string> {
  const now = clock.now();
  return db.transaction(async (trx) => {
    const link = await takeLink(trx, hashOf(secretKey, code), now);
    if (link === undefined) return NOT_VALID;
    const by: By = { actor: link.created_by, kind: 'user', via: channel };
    const person = link.person_email;
    await lockPerson(trx, person);
    const key = keyOfAddress(sender, channels.of(channel).definition.address);
    const known = await methodsAt(trx, channel, key);
    if (known.some(({ person_email, verified_at }) => person_email !== person && verified_at !== null)) return TAKEN;
    const own = known.find(({ person_email }) => person_email === person);
    const method = own ?? (await added(trx, { channels, channel, person, sender, key, now, by }));
    if (method === null) return `A person has at most ${MOST_METHODS} contact methods. Remove one first.`;
    const verified = {
      state: 'verified' as const,
      verified_at: now,
      stopped_at: null,
      failures: 0,
      failing_since: null,
    };
    await saveMethod(trx, method.id, { ...verified, last_error: null });
    const event = { channels, actor: by.actor, at: now, data: { why: 'linked' } };
    await record(trx, [methodEvent('contact_method_verified', method, event)], by);
    return `This account is linked to ${person}. Tocsin can page you here.`;
  });
}

interface Addition {
  channels: Channels;
  channel: ChannelName;
  person: string;
  sender: string;
  key: string;
  now: Date;
  by: By;
}

/** Null if the person has too many methods. */
async function added(
  trx: Db,
  { channels, channel, person, sender, key, now, by }: Addition,
): Promise<ContactMethod | null> {
  const others = await methodsOf(trx, person);
  if (others.length >= MOST_METHODS) return null;
  const id = randomUUID();
  await insertMethod(trx, {
    ...{ id, person_email: person, channel, address: sender, address_key: key, label: '' },
    ...{ position: others.length, created_at: now, created_by: by.actor },
  });
  const method = (await methodById(trx, id)) as ContactMethod;
  await record(trx, [methodEvent('contact_method_added', method, { channels, actor: by.actor, at: now })], by);
  return method;
}
