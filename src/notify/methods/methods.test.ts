import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { appOf, someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness, PUBLIC_URL } from '../../testing/notify';
import { BUSY, type PeopleChannels, peopleChannels, REFUSED } from '../../testing/peopleChannels';
import { openChannels } from '../channels/open';
import { notifyContract } from '../contract';
import { methodOf, recordAnswered, setConsent } from './results';

const channels: PeopleChannels = peopleChannels();
let notify: NotifyHarness;

beforeAll(async () => {
  notify = await notifyHarness({ definitions: channels.list });
});
afterAll(() => notify.close());
beforeEach(async () => {
  channels.clear();
  await notify.clean();
});

const openedChannels = () =>
  openChannels({
    channelSettings: {},
    timeoutMs: 1_000,
    outgoingAllow: [],
    publicUrl: PUBLIC_URL,
    definitions: channels.list,
  });

const MARIA = 'maria@example.com';
const PHONE = '+4915112345678';
const admin = someone({ actor: 'root', email: 'root@example.com', role: 'admin' });
const other = someone({ actor: 'eve', email: 'eve@example.com', role: 'viewer' });
const as = (caller = someone()) => request(appOf(notifyContract, notify.port, caller));
const url = '/api/v1/contact-methods';
const phone = { channel: 'webhook', address: PHONE };
const add = (body: object = phone, caller = someone()) => as(caller).post(url).send(body);
const added = async (body: object = phone, caller = someone()) => (await add(body, caller).expect(201)).body;
const codeSent = () => /^\d{6}/.exec(channels.sent.at(-1)?.message.text ?? '')?.[0] as string;
const verify = (id: string, code: string) => as().post(`${url}/${id}/verify`).send({ code });
/** A method whose code was entered. */
const verified = async (body: object = phone) => {
  const { id } = await added(body);
  await verify(id, codeSent()).expect(200);
  return id as string;
};
const mine = async () => (await as().get(url).expect(200)).body.contact_methods;
const kinds = async () => (await notify.facts()).map(({ kind }) => kind);

describe('a contact method', () => {
  test('is verified by the code that was sent through it', async () => {
    const { id, state, code } = await added({ ...phone, label: 'Mobile' });
    expect([state, code.sent]).toEqual(['unverified', true]);
    expect(channels.sent.map(({ message }) => [message.kind, message.recipient])).toEqual([['code', PHONE]]);
    const { body } = await verify(id, codeSent()).expect(200);
    expect(body).toMatchObject({ state: 'verified', usable: true, label: 'Mobile', address: PHONE });
    expect(await kinds()).toEqual(['contact_method_added', 'contact_method_verified']);
  });

  test('keeps its code out of the notifications and the events', async () => {
    await added();
    expect((await as().get('/api/v1/notifications').expect(200)).body.total).toBe(0);
    expect(JSON.stringify(await notify.facts())).not.toContain(codeSent());
    const [row] = await notify.database.db('contact_codes');
    expect(row.code_hash).not.toContain(codeSent());
  });

  test('takes a code five times, and then needs another one', async () => {
    const { id } = await added();
    const right = codeSent();
    const wrong = right === '000000' ? '000001' : '000000';
    for (let left = 4; left >= 0; left--) {
      const { body } = await verify(id, wrong).expect(422);
      expect(body.errors[0].path).toBe('code');
      expect(body.detail).toContain(left > 0 ? `${left} tr` : 'request a new one');
    }
    expect((await verify(id, right).expect(422)).body.detail).toContain('Too many');
    notify.clock.advance(seconds(30));
    await as().post(`${url}/${id}/code`).expect(200);
    await verify(id, codeSent()).expect(200);
  });

  test('counts wrong codes that come at the same time', async () => {
    const { id } = await added();
    const wrong = codeSent() === '000000' ? '000001' : '000000';
    await Promise.all(Array.from({ length: 8 }, () => verify(id, wrong)));
    expect((await notify.database.db('contact_codes').first()).tries).toBe(5);
  });

  test('takes a code for ten minutes, once, and only for the method it was sent to', async () => {
    const one = await added();
    const code = codeSent();
    const two = await added({ channel: 'slack', address: 'U123' });
    expect(code === codeSent() || (await verify(two.id, code)).status === 422).toBe(true);
    await verify(one.id, code).expect(200);
    await verify(one.id, code).expect(422);
    const late = codeSent();
    notify.clock.advance(minutes(10));
    expect((await verify(two.id, late).expect(422)).body.detail).toContain('expired');
  });

  test('gets codes at a pace, even if it is deleted and added again', async () => {
    const { id } = await added();
    const { body } = await as().post(`${url}/${id}/code`).expect(429);
    expect(body.retry_after_seconds).toBe(30);
    await as().delete(`${url}/${id}`).expect(204);
    await add().expect(429);
    notify.clock.advance(seconds(30));
    await add().expect(201);
    expect(channels.sent).toHaveLength(2);
  });

  test('is added although its code could not be sent, and shows why', async () => {
    channels.answer('webhook', BUSY);
    const { code, last_error } = await added();
    expect([code.sent, code.reason, last_error]).toEqual([false, 'busy', 'busy']);
    expect(await mine()).toMatchObject([{ state: 'unverified', unusable_because: 'unverified' }]);
  });

  test('is deleted with its phone number', async () => {
    const id = await verified();
    await as().delete(`${url}/${id}`).expect(204);
    expect(await mine()).toEqual([]);
    notify.clock.advance(minutes(1));
    await add(phone, someone({ email: 'eve@example.com' })).expect(201);
  });

  test('is renamed, disabled, enabled and put in another place', async () => {
    const first = await verified();
    const second = await verified({ channel: 'slack', address: 'U123' });
    const change = (body: object) => as().patch(`${url}/${second}`).send(body).expect(200);
    await change({ label: 'Chat', position: 0 });
    expect((await mine()).map(({ id }: { id: string }) => id)).toEqual([second, first]);
    expect((await change({ disabled: true })).body).toMatchObject({ state: 'disabled', label: 'Chat' });
    expect((await change({ disabled: false })).body).toMatchObject({ state: 'verified' });
  });
});

describe('an address', () => {
  test('keeps one spelling if it is a phone number', async () => {
    expect((await added({ channel: 'webhook', address: '0049 (151) 123-45678' })).address).toBe(PHONE);
    await add({ channel: 'webhook', address: '+49 151 12345678' }).expect(409);
  });

  test('belongs to one person if it is a phone number, also if two claim it at once', async () => {
    const eve = someone({ email: 'eve@example.com' });
    const statuses = (await Promise.all([add(), add(phone, eve)])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 409]);
  });

  test.each([
    ['webhook', '0151 12345678'],
    ['webhook', '+49 1'],
    ['webhook', 'tel:+4915112345678;ext=1'],
    ['email', 'maria'],
    ['email', 'maria@example.com\r\nBcc: x@example.com'],
    ['slack', 'x'.repeat(1_501)],
    ['slack', ' '],
  ])('of %s is refused: %j', async (channel, address) => {
    const { status, body } = await add({ channel, address });
    expect([status, body.errors[0].path]).toEqual([422, 'address']);
  });

  test('needs a channel that takes people and is set up', async () => {
    expect((await add({ channel: 'mock', address: 'x' }).expect(422)).body.errors[0].path).toBe('channel');
    channels.configure('slack', false);
    await add({ channel: 'slack', address: 'U1' }).expect(409);
  });

  test('is one of at most twenty', async () => {
    for (let n = 0; n < 20; n++) await added({ channel: 'slack', address: `U${n}` });
    await add({ channel: 'slack', address: 'U20' }).expect(409);
  });
});

describe('the owner', () => {
  test('sees the whole address; other people see a short one, administrators all', async () => {
    await verified();
    const seen = async (caller: ReturnType<typeof someone>) =>
      (await as(caller).get(`${url}?person=${MARIA}`).expect(200)).body.contact_methods[0].address;
    expect(await seen(someone({ role: 'viewer' }))).toBe(PHONE);
    expect(await seen(other)).toBe('+49…78');
    expect(await seen(admin)).toBe(PHONE);
    expect(JSON.stringify(await notify.facts())).not.toContain(PHONE);
  });

  test.each([
    ['post', '', { ...phone, person: MARIA }],
    ['patch', '/:id', { label: 'x' }],
    ['delete', '/:id', {}],
    ['post', '/:id/code', {}],
    ['post', '/:id/verify', { code: '123456' }],
    ['post', '/:id/test', {}],
  ] as const)('or an administrator may %s %s, no one else', async (method, path, body) => {
    const { id } = await added({ channel: 'slack', address: 'U9' });
    await as(other)
      [method](url + path.replace(':id', id))
      .send(body)
      .expect(403);
  });

  test('is notified of a method that an administrator adds', async () => {
    await verified({ channel: 'email', address: MARIA });
    channels.clear();
    const { person, created_by } = await added({ ...phone, person: MARIA }, admin);
    await notify.module.drain();
    expect([person, created_by]).toEqual([MARIA, 'root']);
    const [notice] = channels.sent.filter(({ channel }) => channel === 'email');
    expect(notice?.message.text).toContain('root added webhook (+49…78)');
  });

  test('without an e-mail address must name a person', async () => {
    const key = someone({ kind: 'key', email: null, role: 'admin' });
    expect((await add(phone, key).expect(422)).body.errors[0].path).toBe('person');
    await add({ ...phone, person: MARIA }, key).expect(201);
  });

  test('who is erased has no code any more that links an account', async () => {
    const { db } = notify.database;
    const expires_at = new Date(notify.clock.now().getTime() + 60_000);
    const link = { code_hash: Buffer.from('x'), person_email: 'gone@example.com', created_by: 'gone', expires_at };
    await db('account_links').insert(link);
    await notify.port.erasePerson({ person: 'gone@example.com' }, someone());
    expect(await db('account_links').where({ person_email: 'gone@example.com' })).toEqual([]);
  });

  test('is erased with all methods', async () => {
    await verified();
    expect(await notify.port.erasePerson({ person: MARIA }, someone())).toEqual({ erased: 1 });
    expect(await mine()).toEqual([]);
    expect(await notify.database.db('contact_phones')).toEqual([]);
  });
});

describe('a failure', () => {
  const tested = async (id: string) => {
    notify.clock.advance(minutes(20));
    return (await as().post(`${url}/${id}/test`).expect(200)).body.status;
  };

  test('for good makes a method failing, three in a row disable it, and a successful test enables it', async () => {
    const id = await verified();
    await verified({ channel: 'slack', address: 'U1' });
    channels.answer('webhook', REFUSED, REFUSED, REFUSED);
    const states: string[] = [];
    for (let n = 0; n < 3; n++) {
      expect(await tested(id)).toBe('failed');
      await notify.module.drain();
      states.push((await mine())[0].state);
    }
    expect(states).toEqual(['failing', 'failing', 'disabled']);
    expect((await mine())[0]).toMatchObject({ last_error: 'unknown number', usable: false });
    const notices = channels.sent.filter(({ message }) => message.text.includes('unknown number'));
    expect(notices.map(({ channel }) => channel)).toEqual(['slack', 'slack']);
    expect(await tested(id)).toBe('sent');
    expect((await mine())[0]).toMatchObject({ state: 'verified', last_error: null, on_failure_since: null });
    expect(await kinds()).toEqual(expect.arrayContaining(['contact_method_failing', 'contact_method_disabled']));
  });

  test('that may pass leaves the state', async () => {
    const id = await verified();
    channels.answer('webhook', BUSY);
    expect(await tested(id)).toBe('queued');
    expect((await mine())[0]).toMatchObject({ state: 'verified' });
  });

  test('is the refusal of an owner who sends STOP, until they allow messages again', async () => {
    const id = await verified();
    const { db } = notify.database;
    const deps = { db, clock: notify.clock, channels: openedChannels() };
    await setConsent(deps, 'webhook', PHONE, false);
    expect((await mine())[0]).toMatchObject({ state: 'failing', usable: false, unusable_because: 'stopped' });
    await setConsent(deps, 'webhook', PHONE, true);
    expect((await mine())[0]).toMatchObject({ id, state: 'verified', usable: true });
  });

  test('does not hide whose address an answer comes from', async () => {
    await added({ channel: 'slack', address: 'U1' }, other);
    const id = await verified();
    const deps = { db: notify.database.db, channels: openedChannels() };
    expect((await methodOf(deps, 'webhook', PHONE))?.id).toBe(id);
    expect(await methodOf(deps, 'slack', 'U1')).toBeNull();
    await recordAnswered(deps, id, notify.clock.now());
    expect((await mine())[0].last_answered_at).toBe(notify.clock.now().toISOString());
  });
});
