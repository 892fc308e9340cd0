import { randomUUID } from 'node:crypto';
import { claimKey } from '../../kernel/db/idempotency';
import type { Db } from '../../kernel/db/pool';
import { record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import { MOST_METHODS, type NotifyContract } from '../contract';
import { recheckPages } from '../pages/recheck';
import { deleteRulesOf } from '../rules/store';
import { deleteLinkOf } from '../store/accountLinks';
import { type Spelled, spelledAddress } from './address';
import { againAt, CODE_VALID_MS } from './code';
import type { MethodDeps, SendNow } from './deps';
import { methodEvent } from './events';
import { type ContactMethod, switched } from './method';
import { personOf, requireOwner } from './owner';
import { notifyOwner } from './ownerNotice';
import { isSelf, methodAnswer } from './present';
import { wordsFor } from './results';
import {
  cancelQueuedTo,
  claimPhone,
  deleteMethod,
  deleteMethodsOf,
  freePhones,
  insertMethod,
  lockMethod,
  lockPerson,
  methodById,
  methodsOf,
  saveMethod,
  saveOrder,
} from './store';
import { deliverCode, pacedSend, storeCode, verifyByCode } from './verification';
import { withdrawMessages } from './withdraw';

type Operations =
  | 'contactMethods'
  | 'addContactMethod'
  | 'changeContactMethod'
  | 'deleteContactMethod'
  | 'sendContactCode'
  | 'verifyContactMethod'
  | 'testContactMethod'
  | 'erasePerson';
type Answers = Pick<Service<NotifyContract>, Operations>;
type Input<K extends Operations> = Parameters<Answers[K]>[0];

export interface Followed extends MethodDeps {
  sendNow: SendNow;
}

const TEST_MESSAGE = 'This is a test from Tocsin. If you can read it, Tocsin can page you at this address.';
/** The `incident_id` of test messages. */
const TEST_SUBJECT = 'contact-method-test';

/** Contact methods: adding, proving, changing and deleting them. */
export const methodAnswers = (deps: Followed): Answers => ({
  async contactMethods({ person: given }, caller) {
    const person = given ?? (caller.kind === 'user' ? (caller.email?.toLowerCase() ?? null) : null);
    const methods = person === null ? [] : await methodsOf(deps.db, person);
    return { person, contact_methods: methods.map((method) => methodAnswer(method, caller, deps.channels)) };
  },
  addContactMethod: (input, caller) => addMethod(deps, input, caller),
  changeContactMethod: (input, caller) => changeMethod(deps, input, caller),
  deleteContactMethod: (input, caller) => removeMethod(deps, input, caller),
  async sendContactCode({ id }, caller) {
    const { method, code } = await deps.db.transaction(async (trx) => {
      const method = await ownLocked(trx, id, caller);
      requireSendable(deps, method);
      return { method, code: await storeCode(deps, trx, method) };
    });
    return deliverCode(deps, method, code);
  },
  async verifyContactMethod({ id, code }, caller) {
    const { id: known } = await own(deps.db, id, caller);
    return methodAnswer(await verifyByCode(deps, known, code, caller), caller, deps.channels);
  },
  testContactMethod: (input, caller) => testMethod(deps, input, caller),
  async erasePerson({ person }) {
    const ids = await deps.db.transaction(async (trx) => {
      await lockPerson(trx, person);
      const gone = await deleteMethodsOf(trx, person);
      await cancelQueuedTo(trx, gone, 'method_deleted');
      await deleteRulesOf(trx, person);
      await deleteLinkOf(trx, person);
      await recheckPages(trx, person, deps.clock.now());
      return gone;
    });
    return { erased: ids.length };
  },
});

const notFound = () => new Problem('not-found', 'Contact method not found');

/** @throws Problem `not-found`, `forbidden` */
async function own(db: Db, id: string, caller: Caller): Promise<ContactMethod> {
  const known = idOf(id);
  const method = known === null ? undefined : await methodById(db, known);
  if (method === undefined) throw notFound();
  requireOwner(method.person_email, caller);
  return method;
}

/** The same, with the person and the method locked until the transaction ends. */
async function ownLocked(trx: Db, id: string, caller: Caller): Promise<ContactMethod> {
  const { id: known, person_email } = await own(trx, id, caller);
  await lockPerson(trx, person_email);
  const method = await lockMethod(trx, known);
  if (method === undefined) throw notFound();
  return method;
}

/** @throws Problem `conflict` if the channel is not configured */
function requireSendable({ channels }: MethodDeps, { channel, address }: Pick<ContactMethod, 'channel' | 'address'>) {
  const { definition, refusal } = channels.of(channel);
  if (refusal(address) === 'not_configured') {
    throw new Problem('conflict', `${definition.title} is not set up on this server. An administrator can set it up.`);
  }
}

function spelledFor({ channels }: MethodDeps, { channel, address }: Input<'addContactMethod'>): Spelled {
  const { definition } = channels.of(channel);
  if (!definition.address.people) {
    throw invalid([{ path: 'channel', message: `${definition.title} has no addresses of people` }]);
  }
  const spelled = spelledAddress(address, definition.address);
  if ('fault' in spelled) throw invalid([{ path: 'address', message: spelled.fault }]);
  requireSendable({ channels } as MethodDeps, { channel, address: spelled.address });
  if (channels.of(channel).refusal(spelled.address) !== null) {
    throw invalid([{ path: 'address', message: `Not a valid address. ${definition.address.hint}` }]);
  }
  return spelled;
}

async function addMethod(deps: Followed, input: Input<'addContactMethod'>, caller: Caller) {
  const { db, clock, channels } = deps;
  const person = personOf(input.person, caller);
  const spelled = spelledFor(deps, input);
  const now = clock.now();
  const added = await db.transaction(async (trx) => {
    const id = randomUUID();
    const first = await claimKey(trx, now, caller, { operation: 'add-contact-method', input, resourceId: id });
    if (first !== null) return { method: await methodById(trx, first), code: null };
    const method = await insertFor(deps, trx, { id, person, spelled, input, caller });
    const code = await storeCode(deps, trx, method);
    await record(
      trx,
      [methodEvent('contact_method_added', method, { channels, actor: caller.actor, at: now })],
      caller,
    );
    if (!isSelf(caller, person)) {
      const message = `${caller.actor} added ${wordsFor(method, channels)} to your contact methods. It is used when the code that was sent to it is entered.`;
      await notifyOwner(trx, { person, message, except: id, now }, channels);
    }
    return { method, code };
  });
  deps.poke();
  if (added.method === undefined) throw notFound();
  const code = added.code === null ? sentBefore(now) : await deliverCode(deps, added.method, added.code);
  const method = { ...added.method, last_error: code.reason };
  return { ...methodAnswer(method, caller, channels), code };
}

/** The answer to a repeated request: the code of the first one was sent. */
const sentBefore = (now: Date) => ({
  ...{ sent: true, reason: null },
  ...{ expires_at: new Date(now.getTime() + CODE_VALID_MS).toISOString(), again_at: againAt(now).toISOString() },
});

interface Addition {
  id: string;
  person: string;
  spelled: Spelled;
  input: Input<'addContactMethod'>;
  caller: Caller;
}

/** @throws Problem `conflict` if the person has it, has too many, or the phone number belongs to another person */
async function insertFor(
  { clock, channels }: MethodDeps,
  trx: Db,
  { id, person, spelled, input, caller }: Addition,
): Promise<ContactMethod> {
  const { channel, label } = input;
  await lockPerson(trx, person);
  const others = await methodsOf(trx, person);
  if (others.length >= MOST_METHODS)
    throw new Problem('conflict', `A person has at most ${MOST_METHODS} contact methods.`);
  const isPhone = channels.of(channel).definition.address.kind === 'phone';
  if (isPhone && !(await claimPhone(trx, spelled.address, person))) {
    throw new Problem('conflict', 'This phone number belongs to another person.');
  }
  const row = {
    ...{ id, person_email: person, channel, address: spelled.address, address_key: spelled.key, label },
    ...{ position: others.length, created_at: clock.now(), created_by: caller.actor },
  };
  if (!(await insertMethod(trx, row))) throw new Problem('conflict', 'This address is a contact method already.');
  return (await methodById(trx, id)) as ContactMethod;
}

async function changeMethod(
  deps: Followed,
  { id, label, disabled, position }: Input<'changeContactMethod'>,
  caller: Caller,
) {
  const { db, clock, channels } = deps;
  const changed = await db.transaction(async (trx) => {
    const before = await ownLocked(trx, id, caller);
    const after = { ...before, ...(label !== undefined && { label }) };
    const next = disabled === undefined ? after : switched(after, disabled);
    await saveMethod(trx, before.id, {
      ...{ label: next.label, state: next.state, failures: next.failures, failing_since: next.failing_since },
    });
    if (position !== undefined) await move(trx, before, position);
    if (disabled === true) await withdrawMessages(trx, before, 'method_disabled', clock.now());
    const data = { ...(label !== undefined && { label }), ...(disabled !== undefined && { disabled }) };
    const event = { channels, actor: caller.actor, at: clock.now(), data };
    await record(trx, [methodEvent('contact_method_changed', next, event)], caller);
    if (before.state === 'disabled' && next.state === 'verified')
      await record(trx, [methodEvent('contact_method_verified', next, { ...event, data: { why: 'enabled' } })], caller);
    return (await methodById(trx, before.id)) as ContactMethod;
  });
  return methodAnswer(changed, caller, channels);
}

async function move(trx: Db, { id, person_email }: ContactMethod, position: number): Promise<void> {
  const ids = (await methodsOf(trx, person_email)).map((each) => each.id).filter((each) => each !== id);
  ids.splice(Math.min(position, ids.length), 0, id);
  await saveOrder(trx, ids);
}

async function removeMethod(deps: Followed, { id }: Input<'deleteContactMethod'>, caller: Caller): Promise<void> {
  const { db, clock, channels } = deps;
  await db.transaction(async (trx) => {
    const method = await ownLocked(trx, id, caller);
    await deleteMethod(trx, method.id);
    await freePhones(trx, method.person_email);
    await saveOrder(
      trx,
      (await methodsOf(trx, method.person_email)).map((each) => each.id),
    );
    await withdrawMessages(trx, method, 'method_deleted', clock.now());
    const event = { channels, actor: caller.actor, at: clock.now() };
    await record(trx, [methodEvent('contact_method_deleted', method, event)], caller);
  });
  deps.poke();
}

/** @throws Problem `conflict` if the method is not verified, `too-many` */
async function testMethod(deps: Followed, { id }: Input<'testContactMethod'>, caller: Caller) {
  const { db, clock } = deps;
  const method = await db.transaction(async (trx) => {
    const found = await ownLocked(trx, id, caller);
    requireSendable(deps, found);
    if (found.verified_at === null) throw new Problem('conflict', 'Verify this contact method before you test it.');
    await pacedSend(trx, found, clock.now());
    return found;
  });
  const { channel, address: recipient } = method;
  return deps.sendNow({ incident_id: TEST_SUBJECT, channel, recipient, message: TEST_MESSAGE }, caller, method.id);
}
