import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import request from 'supertest';
import { days, minutes } from '../../kernel/clock';
import { maskText } from '../../kernel/mask';
import { appOf, someone } from '../../testing/http';
import { incidentSuite } from '../../testing/incidentSuite';
import { factsOf, incidentsHarness, openedBy, timelineOf } from '../../testing/incidents';
import { incidentsContract } from '../contract';
import { unmasked } from '../domain/postmortem';

const harness = incidentSuite({ every: 'file', retentionDays: 60 });

const maria = someone();
const joe = someone({ actor: 'joe', email: 'joe@example.com' });
const key = someone({ actor: 'deploy', kind: 'key', email: null });
const read = (id: string) => harness.port.postmortem({ id }, maria);
const save = (id: string, version: number, text: string, by = maria) =>
  harness.port.savePostmortem({ id, version, text }, by);
const versions = async (id: string) => (await harness.port.postmortemVersions({ id }, maria)).versions;
const http = (by = maria) => request(appOf(incidentsContract, harness.port, by));
const pathOf = (id: string) => `/api/v1/incidents/${id}/postmortem`;

test('an incident without a post-mortem answers version 0 without text', async () => {
  const id = await openedBy(harness);
  expect(await read(id)).toEqual({
    incident_id: id,
    version: 0,
    text: null,
    author: null,
    author_kind: null,
    saved_at: null,
  });
  expect(await versions(id)).toEqual([]);
});

test('a save adds a version with its author, and every version stays readable', async () => {
  const id = await openedBy(harness);
  const first = await save(id, 0, '# Draft\n');
  expect(first).toEqual({
    incident_id: id,
    version: 1,
    text: '# Draft\n',
    author: 'maria',
    author_kind: 'user',
    saved_at: harness.clock.now().toISOString(),
  });
  harness.clock.advance(minutes(1));
  const second = await save(id, 1, '# Final', key);
  expect(second).toMatchObject({ version: 2, author: 'deploy', author_kind: 'key' });
  expect(await read(id)).toEqual(second);
  expect(await versions(id)).toEqual([second, first].map(({ text: _, incident_id: __, ...saved }) => saved));
  expect(await harness.port.postmortemVersion({ id, version: 1 }, maria)).toEqual(first);
});

test('a save from an older version is refused with the author, number and time of the latest version', async () => {
  const id = await openedBy(harness);
  await save(id, 0, 'one');
  harness.clock.advance(minutes(1));
  const theirs = await save(id, 1, 'two', joe);
  const answer = await http().put(pathOf(id)).send({ text: 'mine', version: 1 });
  expect([answer.status, answer.body.type]).toEqual([409, 'urn:tocsin:problem:conflict']);
  expect(answer.body.detail).toBe(`joe saved version 2 at ${theirs.saved_at}; your text was written from version 1`);
  expect(answer.body.saved).toEqual({ version: 2, author: 'joe', author_kind: 'user', saved_at: theirs.saved_at });
  expect(await read(id)).toEqual(theirs);
});

test('a save from a version that does not exist yet is refused', async () => {
  const id = await openedBy(harness);
  const answer = await http().put(pathOf(id)).send({ text: 'mine', version: 3 });
  expect([answer.status, answer.body.saved]).toEqual([409, null]);
});

test('exactly one of many concurrent saves from one version succeeds', async () => {
  const id = await openedBy(harness);
  const answers = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => save(id, 0, `text ${n}`, joe)));
  const made = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  expect(made).toHaveLength(1);
  expect(await read(id)).toEqual(made[0]);
  const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? answer.reason : []));
  expect(refusals.map(({ kind, extra }) => [kind, extra.saved.version])).toEqual(Array(7).fill(['conflict', 1]));
  expect((await timelineOf(harness, id)).filter((type) => type === 'postmortem_saved')).toHaveLength(1);
});

test('a repeated save of the same text is no conflict and adds no version', async () => {
  const id = await openedBy(harness);
  const first = await save(id, 0, 'one');
  harness.clock.advance(minutes(1));
  expect(await save(id, 0, 'one')).toEqual(first);
  expect(await save(id, 1, 'one', joe)).toEqual(first);
  expect(await versions(id)).toHaveLength(1);
});

test('a save adds a timeline entry and an event of its author', async () => {
  const id = await openedBy(harness);
  harness.clock.advance(minutes(1));
  await save(id, 0, 'one', joe);
  const { timeline, updated_at } = await harness.port.get({ id }, maria);
  expect(timeline.at(-1)).toMatchObject({ event_type: 'postmortem_saved', actor: 'joe', detail: { version: 1 } });
  expect(updated_at).toBe(harness.clock.now().toISOString());
  const facts = await factsOf(harness, id);
  expect(facts.at(-1)).toMatchObject({ kind: 'incident_postmortem_saved', actor: 'joe', data: { version: 1 } });
  expect(await harness.db('events').where({ subject: id }).orderBy('id', 'desc').first('actor_kind')).toEqual({
    actor_kind: 'user',
  });
});

test('a save does not prevent an undo', async () => {
  const id = await openedBy(harness);
  await harness.port.update({ id, status: 'acknowledged' }, maria);
  await save(id, 0, 'one', joe);
  expect(await harness.port.undo({ id }, maria)).toMatchObject({ status: 'open' });
});

test('a resolved incident can have its post-mortem saved', async () => {
  const id = await openedBy(harness);
  await harness.port.update({ id, status: 'resolved' }, maria);
  expect(await save(id, 0, 'one')).toMatchObject({ version: 1 });
});

test('the first and the newest 199 versions are kept', async () => {
  const id = await openedBy(harness);
  await save(id, 0, 'the first');
  await harness.db.raw(
    `insert into postmortem_versions (incident_id, version, text, actor, actor_kind, created_at)
     select ?, n, 'text ' || n, 'maria', 'user', now() from generate_series(2, 200) as n`,
    [id],
  );
  for (const version of [200, 201]) await save(id, version, `text ${version + 1}`);
  const kept = (await versions(id)).map(({ version }) => version);
  expect([kept.length, ...kept.slice(0, 2), ...kept.slice(-2)]).toEqual([200, 202, 201, 4, 1]);
  const deleted = await http().get(`${pathOf(id)}/versions/3`);
  expect([deleted.status, deleted.body.detail]).toEqual([404, 'The post-mortem has no version 3']);
});

test('a saved version cannot be changed', async () => {
  const id = await openedBy(harness);
  await save(id, 0, 'one');
  await expect(harness.db('postmortem_versions').where({ incident_id: id }).update({ text: 'two' })).rejects.toThrow(
    'append-only',
  );
});

test.each([
  ['without a text', { version: 0 }, 'text'],
  ['with a blank text', { version: 0, text: ' \n ' }, 'text'],
  ['with too long a text', { version: 0, text: 'x'.repeat(65_537) }, 'text'],
  ['with a NUL in the text', { version: 0, text: 'a\0b' }, 'text'],
  ['without a version', { text: 'x' }, 'version'],
  ['with a fractional version', { text: 'x', version: 0.5 }, 'version'],
  ['with a negative version', { text: 'x', version: -1 }, 'version'],
])('a save %s is refused with the name of the field', async (_how, body, field) => {
  const id = await openedBy(harness);
  const answer = await http().put(pathOf(id)).send(body);
  expect([answer.status, answer.body.errors[0].path]).toEqual([422, field]);
  expect(await versions(id)).toEqual([]);
});

test('a text of the maximum length is stored unchanged', async () => {
  const id = await openedBy(harness);
  const text = '"é\n'.repeat(21_845);
  expect((await save(id, 0, text)).text).toBe(text);
});

test('an unknown incident is 404, and an invalid version is 400', async () => {
  const unknown = randomUUID();
  const paths = ['', '/versions', '/versions/1'].map((path) => http().get(`${pathOf(unknown)}${path}`));
  const answers = await Promise.all([...paths, http().put(pathOf(unknown)).send({ text: 'x', version: 0 })]);
  expect(answers.map(({ status, body }) => [status, body.detail])).toEqual(Array(4).fill([404, 'Incident not found']));
  const id = await openedBy(harness);
  for (const version of ['0', '-1', '1.5', 'one', '99999999999999999999']) {
    expect((await http().get(`${pathOf(id)}/versions/${version}`)).status).toBe(400);
  }
});

test('a secret that was masked for the author survives the next save', async () => {
  const id = await openedBy(harness);
  const secret = 'curl https://ops:hunter2@db.example/x';
  await save(id, 0, `# Cause\n${secret}`);
  const shown = (await http().get(pathOf(id))).body.text as string;
  expect(shown).not.toContain('hunter2');
  await http()
    .put(pathOf(id))
    .send({ text: `${shown}\nFixed.`, version: 1 })
    .expect(200);
  expect((await read(id)).text).toBe(`# Cause\n${secret}\nFixed.`);
});

test('unchanged lines keep their secrets, whatever lines are added', () => {
  const line = fc.constantFrom('plain', 'https://a:b@c.example', 'https://d:e@c.example', 'Bearer 0123456789abcdef');
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.constantFrom('more', '')), (before, more) => {
      const previous = before.join('\n');
      const edited = [maskText(previous), ...more].join('\n');
      expect(unmasked(edited, previous, maskText(previous))).toBe([previous, ...more].join('\n'));
    }),
  );
});

test('the post-mortem is deleted with its incident', async () => {
  const own = await incidentsHarness({ retentionDays: 60 });
  const id = await openedBy(own);
  await own.port.savePostmortem({ id, version: 0, text: 'one' }, maria);
  await own.port.update({ id, status: 'resolved' }, maria);
  const at = own.clock.now();
  await own.db('jobs').insert({ kind: 'retention', payload: {}, key: 'retention', run_at: at, created_at: at });
  await own.drain();
  await own.later(days(100));
  await own.later(days(1));
  await expect(own.port.get({ id }, maria)).rejects.toMatchObject({ kind: 'not-found' });
  expect(await own.db('postmortem_versions')).toEqual([]);
  await own.end();
});
