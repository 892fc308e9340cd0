import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import request from 'supertest';
import { appOf, someone } from '../../testing/http';
import { incidentSuite, storedIncident } from '../../testing/incidentSuite';
import { alertOf, JANE, openedBy } from '../../testing/incidents';
import { incidentsContract } from '../contract';
import { idsBeginning, wordsOf } from '../domain/search';

/** Lists of incidents, and bulk changes. */

const API = '/api/v1/incidents';
const harness = incidentSuite({ every: 'file' });
let app: Express;
const stored = (fields?: Record<string, unknown>) => storedIncident(harness, fields);
const list = async (query: string, as = app) => (await request(as).get(`${API}?${query}`).expect(200)).body;
const idsOf = async (query: string, as = app) =>
  (await list(query, as)).incidents.map(({ id }: { id: string }) => id) as string[];

beforeAll(() => {
  app = appOf(incidentsContract, harness.port);
});

describe('a list', () => {
  beforeEach(async () => {
    await harness
      .db('incidents')
      .whereNotExists(harness.db('incident_timeline').whereRaw('incident_id = incidents.id'))
      .delete();
  });

  test.each([
    ['the prefix of a word in the title, in any case', 'CHECK slo'],
    ['a part of a service name', 'gateway'],
    ['the assignee', 'roe'],
    ['the address of the assignee', 'jane@example.com'],
    ['the team', 'payments'],
    ['words with punctuation between them', "slow, (api-gateway)!'"],
  ])('finds %s', async (_what, q) => {
    const mine = { name: JANE.name, email: JANE.email };
    const id = await stored({
      service: 'api-gateway',
      team: 'payments-core',
      assigned_to: mine.name,
      assignee_email: mine.email,
    });
    await stored({ title: 'Disk full', service: 'database', team: 'storage' });
    expect(await idsOf(`q=${encodeURIComponent(q)}`)).toEqual([id]);
  });

  test('finds the prefix of an id', async () => {
    const id = await stored();
    await stored();
    expect(await idsOf(`q=${id.slice(0, 13)}`)).toEqual([id]);
    expect(await idsOf(`q=${id.toUpperCase()}`)).toEqual([id]);
  });

  test.each(['!!!', "'", '\\', ':*', '& |', '%', '_'])('finds nothing for %s and does not fail', async (q) => {
    await stored();
    expect(await list(`q=${encodeURIComponent(q)}`)).toMatchObject({ total: 0, incidents: [] });
  });

  test('uses the text index', async () => {
    const { rows } = await harness.db.raw(
      `explain select 1 from incidents i where to_tsvector('simple', translate(
         i.title || ' ' || i.service || ' ' || coalesce(i.assigned_to, '') || ' ' || coalesce(i.assignee_email, '') || ' ' || coalesce(i.team, ''),
         '!"#$%&''()*+,-./:;<=>\\?@[\\]^_\`{|}~', '                                ')) @@ to_tsquery('simple', ?)`,
      ["'check':*"],
    );
    expect(JSON.stringify(rows)).toContain('incidents_searchable');
  });

  test('takes several statuses and severities, and counts by status', async () => {
    const open = await stored({ service: 'a', severity: 'low' });
    const taken = await stored({ service: 'a', severity: 'critical', status: 'acknowledged' });
    await stored({ service: 'a', severity: 'high', status: 'resolved' });
    const found = await list('service=a&status=open,%20ACKNOWLEDGED&severity=low,critical');
    expect(found.incidents.map(({ id }: { id: string }) => id).sort()).toEqual([open, taken].sort());
    expect(found.counts).toEqual({ open: 1, acknowledged: 1, in_progress: 0, resolved: 0 });
    expect(await list('service=a&status=resolved')).toMatchObject({
      total: 1,
      counts: { open: 1, acknowledged: 1, in_progress: 0, resolved: 1 },
    });
  });

  test('filters by the caller, by team and by assignee', async () => {
    const byName = await stored({ assigned_to: 'maria' });
    const byEmail = await stored({ assigned_to: 'Maria M.', assignee_email: 'maria@example.com', team: 'web' });
    await stored({ assigned_to: 'joe', assignee_email: 'joe@example.com' });
    expect((await idsOf('mine=true')).sort()).toEqual([byName, byEmail].sort());
    expect(
      await idsOf('mine=true', appOf(incidentsContract, harness.port, someone({ actor: 'x', email: null }))),
    ).toEqual([]);
    expect(await idsOf('team=web')).toEqual([byEmail]);
    expect(await idsOf('assigned_to=MARIA@example.com')).toEqual([byEmail]);
    expect(await idsOf('assigned_to=maria')).toEqual([byName]);
  });

  test('filters by creation time, with the end excluded', async () => {
    await stored({ created_at: '2026-01-01T00:00:00Z' });
    const inside = await stored({ created_at: '2026-01-02T00:00:00Z' });
    await stored({ created_at: '2026-01-03T00:00:00Z' });
    expect(await idsOf('from=2026-01-01T00:00:00.001Z&to=2026-01-03T00:00:00Z')).toEqual([inside]);
  });

  test('is sorted as requested, equal values newest first, in the same order on every page', async () => {
    const at = (minute: number) => `2026-01-05T09:0${minute}:00.000Z`;
    const a = await stored({
      service: 's',
      severity: 'low',
      status: 'acknowledged',
      created_at: at(1),
      updated_at: at(9),
    });
    const b = await stored({ service: 's', severity: 'critical', created_at: at(2), updated_at: at(3) });
    const c = await stored({ service: 's', severity: 'critical', created_at: at(3), updated_at: at(5) });
    expect(await idsOf('service=s&sort=severity')).toEqual([c, b, a]);
    expect(await idsOf('service=s&sort=severity&order=asc')).toEqual([a, c, b]);
    expect(await idsOf('service=s&sort=status')).toEqual([c, b, a]);
    expect(await idsOf('service=s&sort=updated_at')).toEqual([a, c, b]);
    expect(await idsOf('service=s&order=asc')).toEqual([a, b, c]);
    const pages = await Promise.all([1, 2, 3].map((page) => idsOf(`service=s&sort=severity&per_page=1&page=${page}`)));
    expect(pages.flat()).toEqual([c, b, a]);
  });

  test('is sorted by urgency: severity, then reach, then newest; resolved incidents last', async () => {
    const at = (minute: number) => `2026-01-05T09:0${minute}:00.000Z`;
    const of = (severity: string, reach: string, minute: number, status = 'open') =>
      stored({ service: 's', severity, reach, status, created_at: at(minute) });
    const resolved = await of('critical', 'no_one', 9, 'resolved');
    const high = await of('high', 'no_one', 8);
    const reached = await of('critical', 'reached', 7);
    const older = await of('critical', 'no_one', 1, 'acknowledged');
    const newer = await of('critical', 'no_one', 2);
    const pending = await of('critical', 'pending', 3);
    const low = await of('low', 'not_paged', 6);
    const sorted = [newer, older, pending, reached, high, low, resolved];
    expect(await idsOf('service=s&sort=urgency')).toEqual(sorted);
    const pages = await Promise.all(sorted.map((_, at) => idsOf(`service=s&sort=urgency&per_page=1&page=${at + 1}`)));
    expect(pages.flat()).toEqual(sorted);
  });

  test('reads the order by urgency from its index', async () => {
    const statements: string[] = [];
    const listen = ({ sql }: { sql: string }) => statements.push(sql);
    harness.db.on('query', listen);
    await list('sort=urgency');
    harness.db.removeListener('query', listen);
    const sql = statements.find((each) => each.includes('limit')) ?? '';
    const plan = await harness.db.transaction(async (trx) => {
      await trx.raw('set local enable_seqscan = off');
      await trx.raw('set local enable_sort = off');
      return (await trx.raw(`explain ${sql.replace(/\$(\d)|\?/g, '0')}`)).rows;
    });
    expect(JSON.stringify(plan)).toContain('incidents_urgency');
  });

  test.each(['sort=title', 'order=up', 'mine=yes', 'from=yesterday', `q=${'x'.repeat(201)}`])(
    'refuses %s',
    async (query) => {
      const answer = await request(app).get(`${API}?${query}`).expect(422);
      expect(answer.body.errors[0].path).toBe(query.split('=')[0]);
    },
  );

  test('matches words and ids as prefixes', () => {
    expect(wordsOf(" it's 5xx-errors ")).toBe("'it':* & 's':* & '5xx':* & 'errors':*");
    expect(wordsOf('--')).toBeNull();
    expect(idsBeginning('abc')).toBeNull();
    expect(idsBeginning('checkout')).toBeNull();
    expect(idsBeginning('0f3c1f4e8')).toBeNull();
    expect(idsBeginning('0F3C')).toEqual([
      '0f3c0000-0000-0000-0000-000000000000',
      '0f3cffff-ffff-ffff-ffff-ffffffffffff',
    ]);
  });
});

describe('a bulk change', () => {
  const bulk = (body: object) => request(app).post(`${API}/bulk`).send(body);

  test('acknowledges each incident, with a result and an entry for each', async () => {
    const ids = await Promise.all([openedBy(harness), openedBy(harness), openedBy(harness)]);
    await harness.port.update({ id: ids[1] as string, status: 'resolved' }, someone());
    const unknown = randomUUID();
    const answer = await bulk({ ids: [...ids, unknown, ids[0]], status: 'acknowledged' }).expect(200);
    expect(answer.body.results).toMatchObject([
      { id: ids[0], done: true, incident: { status: 'acknowledged' }, problem: null },
      { id: ids[1], done: false, incident: null, problem: { kind: 'conflict' } },
      { id: ids[2], done: true, incident: { status: 'acknowledged' } },
      { id: unknown, done: false, problem: { kind: 'not-found', detail: 'Incident not found' } },
    ]);
  });

  test('resolves incidents with a note', async () => {
    const id = await openedBy(harness);
    await bulk({ ids: [id], status: 'resolved', notes: 'one cause' }).expect(200);
    const read = await request(app).get(`${API}/${id}`).expect(200);
    expect(read.body).toMatchObject({ status: 'resolved', notes: [{ author: 'maria', content: 'one cause' }] });
  });

  test('by two people at once acknowledges each incident once', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => openedBy(harness, alertOf())));
    const answers = await Promise.all([bulk({ ids, status: 'acknowledged' }), bulk({ ids, status: 'acknowledged' })]);
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.results.every(({ done }: { done: boolean }) => done)).toBe(true);
    }
    const rows = await harness
      .db('incident_timeline')
      .whereIn('incident_id', ids)
      .where({ event_type: 'acknowledged' });
    expect(rows).toHaveLength(6);
  });

  test.each([
    ['no id', { ids: [], status: 'resolved' }, 'ids'],
    ['too many ids', { ids: Array.from({ length: 201 }, () => randomUUID()), status: 'resolved' }, 'ids'],
    ['an invalid id', { ids: [randomUUID(), 'x'], status: 'resolved' }, 'ids.1'],
    ['another status', { ids: [randomUUID()], status: 'open' }, 'status'],
  ])('with %s is refused', async (_what, body, path) => {
    const answer = await bulk(body).expect(422);
    expect(answer.body.errors[0].path).toBe(path);
  });
});
