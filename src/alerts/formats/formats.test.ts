import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import request from 'supertest';
import { connect } from '../../kernel/db/pool';
import { jsonFaults } from '../../kernel/ports/jsonSafety';
import { openApi } from '../../kernel/ports/openapi';
import { Problem } from '../../kernel/ports/problem';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { example } from '../../testing/exampleFormat';
import { someone } from '../../testing/http';
import { AlertReport, alertsContract, alertsRoutes, type FormatId } from '../contract';
import { formatRoutes } from '../contract/formats';
import * as list from '.';
import type { Endpoint, Format, FormatRequest, Sample } from './format';

/** All formats and an example with every optional field. A new format is tested without a change of this file. */
jest.mock('.', () => ({
  FORMATS: [
    ...jest.requireActual<{ FORMATS: readonly unknown[] }>('.').FORMATS,
    jest.requireActual<{ example: unknown }>('../../testing/exampleFormat').example,
  ],
}));

const FORMATS = list.FORMATS as readonly Format[];
const MIB = 1024 * 1024;
const admin = someone({ actor: 'root', role: 'admin' });

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const endpointOf = ({ endpoints }: Format, { endpoint }: Sample): Endpoint =>
  endpoints.find(({ name }) => endpoint === undefined || name === endpoint) as Endpoint;

const filled = (path: string, params: Readonly<Record<string, string>> = {}): string =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? 'x'));

/** A sample with the parameters that a client takes from the answer to the sample `firing`. */
const completed = (sample: Sample, answer: Record<string, string>): Sample => ({
  ...sample,
  params: {
    ...sample.params,
    ...Object.fromEntries(Object.entries(sample.answered ?? {}).map(([name, field]) => [name, String(answer[field])])),
  },
});

/** A new integration for each test. */
async function integration(format: Format) {
  const input = { name: `${format.title} ${++serial}`, format: format.id as FormatId };
  const made = await harness.alerts.port.createIntegration(input, admin);
  const base = new URL(made.url).pathname;
  const to = (endpoint: Endpoint, path: string, query: Sample['query'], text: string | undefined) => {
    const method = endpoint.method.toLowerCase() as 'post';
    const sent = request(harness.app())
      [method](path)
      .query(query ?? {})
      .set('Content-Type', 'application/json');
    return text === undefined ? sent : sent.send(text);
  };
  return {
    ...made,
    to,
    /** Sends a sample to the integration's own URL. */
    async send(sample: Sample, body: unknown = sample.body) {
      const endpoint = endpointOf(format, sample);
      return to(endpoint, base + filled(endpoint.path, sample.params), sample.query, asJson(body));
    },
    alerts: () => harness.database.db('alerts').where({ integration_id: made.id }).orderBy('id'),
    rejected: async () => (await harness.alerts.port.rejected({ id: made.id }, admin)).rejected,
  };
}

const asJson = (body: unknown): string | undefined => (body === undefined ? undefined : JSON.stringify(body));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const UNKNOWN = { tocsin_unknown: { deep: ['x'] }, tocsin_null: null };

/** The same body with fields that no format knows, in the body and in the items of its lists. */
const withUnknown = (body: unknown): unknown =>
  isObject(body)
    ? {
        ...UNKNOWN,
        ...Object.fromEntries(
          Object.entries(body).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.map((item) => (isObject(item) ? { ...UNKNOWN, ...item } : item)) : value,
          ]),
        ),
      }
    : body;

/** The same body with one place, at any depth, replaced by another value. */
function replacedAt(body: unknown, place: number, value: unknown): unknown {
  let left = place;
  const walk = (here: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(here)) return here.map(walk);
    return isObject(here) ? Object.fromEntries(Object.entries(here).map(([name, item]) => [name, walk(item)])) : here;
  };
  return walk(body);
}

describe.each(FORMATS.map((format) => [format.id, format] as const))('the format %s', (_id, format) => {
  const { firing, resolved, refused, others } = format.samples;

  test('has unique ids of endpoints and snippets', () => {
    expect(format.id).toMatch(/^[a-z][a-z0-9_]{0,31}$/);
    expect(format.source).toMatch(/^https:/);
    const names = format.endpoints.map(({ name }) => name ?? '');
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(format.setup.map(({ id }) => id)).size).toBe(format.setup.length);
    for (const { list: long, largest, vendors = [], forms } of format.endpoints) {
      if (long !== undefined) expect(forms).toBeUndefined();
      if (vendors.some(({ credential }) => credential.in === 'body')) expect(long).toBeUndefined();
      if (largest !== undefined) expect(largest).toBeLessThanOrEqual(MIB);
    }
  });

  test('opens alerts with its sample, and a repetition only increments their count', async () => {
    const { send, alerts } = await integration(format);
    const first = await send(firing);
    expect([first.status < 300, first.text]).toEqual([true, expect.any(String)]);
    const opened = await alerts();
    expect(opened.length).toBeGreaterThan(0);
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set(['firing']));
    const again = await send(firing);
    expect(again.status).toBe(first.status);
    const repeated = await alerts();
    expect(repeated.map(({ id, count }) => [id, count])).toEqual(opened.map(({ id, count }) => [id, count + 1]));
  });

  test('ends its alerts with its sample of a resolve, and a repeated resolve succeeds and changes nothing', async () => {
    const { send, alerts } = await integration(format);
    await send(firing);
    const first = await send(resolved);
    expect(first.status).toBeLessThan(300);
    const ended = await alerts();
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['resolved']));
    expect((await send(resolved)).status).toBe(first.status);
    expect(await alerts()).toEqual(ended);
  });

  test('accepts a resolve of an alert that never fired', async () => {
    const { send, alerts } = await integration(format);
    expect((await send(resolved)).status).toBeLessThan(300);
    expect(await alerts()).toEqual([]);
  });

  test('ignores unknown fields', async () => {
    const { send, alerts } = await integration(format);
    await send(firing);
    const opened = await alerts();
    expect((await send(firing, withUnknown(firing.body))).status).toBeLessThan(300);
    expect((await alerts()).map(({ id, count }) => [id, count])).toEqual(opened.map(({ id }) => [id, 2]));
    expect((await send(resolved, withUnknown(resolved.body))).status).toBeLessThan(300);
    expect(new Set((await alerts()).map(({ status }) => status))).toEqual(new Set(['resolved']));
  });

  test.each(refused.map((refusal, at) => [refusal.field || 'the body', at] as const))(
    'refuses a request by naming %s, stores nothing, and keeps the payload for the page',
    async (_field, at) => {
      const refusal = refused[at] as (typeof refused)[number];
      const { send, alerts, rejected } = await integration(format);
      const answer = await send(refusal);
      expect([answer.status >= 400 && answer.status < 500, answer.text]).toEqual([true, expect.any(String)]);
      expect(answer.text).toContain(refusal.field);
      expect(await alerts()).toEqual([]);
      expect(await rejected()).toEqual([expect.objectContaining({ reason: expect.stringContaining(refusal.field) })]);
    },
  );

  const withBody = format.endpoints.filter(({ method }) => method !== 'GET' && method !== 'DELETE');
  test.each(withBody.map((endpoint) => [endpoint.summary, endpoint] as const))(
    'refuses invalid JSON, a large body and an unknown key at the endpoint "%s"',
    async (_summary, endpoint) => {
      const { to, url, key, alerts } = await integration(format);
      const path = new URL(url).pathname + filled(endpoint.path);
      const broken = await to(endpoint, path, undefined, '{"broken": ');
      expect([broken.status >= 400 && broken.status < 500, broken.text]).toEqual([true, expect.any(String)]);
      const large = await to(endpoint, path, undefined, `{"x":"${'x'.repeat(endpoint.largest ?? MIB)}"}`);
      expect(large.status).toBe(413);
      const stranger = await to(endpoint, path.replace(key, 'tin_unknown'), undefined, '{}');
      // Some vendors answer 400 to an unknown key.
      expect([400, 401, 403]).toContain(stranger.status);
      expect(stranger.text).not.toContain('tin_unknown');
      expect(await alerts()).toEqual([]);
    },
  );

  const sampleOf = (endpoint: Endpoint) =>
    [firing, resolved, ...(others ?? [])].find((one) => endpointOf(format, one) === endpoint);

  test('has a sample for each endpoint', () => {
    expect(format.endpoints.filter((endpoint) => sampleOf(endpoint) === undefined)).toEqual([]);
  });

  for (const sample of others ?? []) {
    test(`answers its sample of the endpoint ${sample.endpoint ?? format.id} with success`, async () => {
      const { send } = await integration(format);
      const first = await send(firing);
      if (sample.before) await send(sample.before);
      const answer = await send(completed(sample, first.body));
      expect([answer.status < 300, answer.text]).toEqual([true, expect.any(String)]);
    });
  }

  const own = formatRoutes.filter(({ endpoint, vendor }) => vendor && format.endpoints.includes(endpoint));
  for (const { endpoint, path, credential } of own) {
    test(`answers at the vendor's own path ${path} a request that carries the key, and no other`, async () => {
      const { to, key, send } = await integration(format);
      const first = await send(firing);
      const sample = completed(sampleOf(endpoint) as Sample, first.body);
      if (sample.before) await send(sample.before);
      const at = `${filled(path, sample.params)}/`;
      const without = await to(endpoint, at, sample.query, asJson(sample.body));
      expect([without.status >= 400 && without.status < 500, without.text]).toEqual([true, expect.any(String)]);
      const body = credential.in === 'body' ? { ...(sample.body as object), [credential.field]: key } : sample.body;
      const keyed = credential.in === 'path' ? `${filled(path, { ...sample.params, key })}/` : at;
      const query = { ...sample.query, ...(credential.in === 'query' && { [credential.name]: key }) };
      const sent = to(endpoint, keyed, query, asJson(body));
      if (credential.in === 'authorization') sent.auth('any', key);
      if (credential.in === 'header') sent.set(credential.name, [credential.scheme, key].filter(Boolean).join(' '));
      expect((await sent).status).toBeLessThan(300);
    });
  }

  test('asks for a retry by 503, or by the status that the clients retry on, while the database is unavailable', async () => {
    const url = 'postgres://nobody@127.0.0.1:1/none';
    const nowhere = connect(url, { poolMax: 2 });
    const away = await alertsHarness({ db: nowhere, url });
    const { url: at } = await integration(format);
    const { method, path } = endpointOf(format, firing);
    const answer = await request(away.app())
      [method.toLowerCase() as 'post'](new URL(at).pathname + filled(path, firing.params))
      .set('Content-Type', 'application/json')
      .send(asJson(firing.body));
    expect([503, 429]).toContain(answer.status);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    await nowhere.destroy();
    await away.drop();
  });

  test('reads any JSON as reports that can be stored, or refuses it and names a field', () => {
    const samples = [firing, resolved];
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('\0', '\ud800', '0001-01-01T00:00:00Z', 1e300, '__proto__'),
      // No text and no number can be made of these.
      fc.constantFrom({ toString: false }, [{ toString: false, valueOf: 1 }]),
    );
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(40), anything, (sample, place, value) => {
        const body = JSON.parse(JSON.stringify(replacedAt(sample.body ?? null, place, value)));
        const params = { ...sample.params };
        const requestId = '00000000-0000-4000-8000-000000000000';
        const receivedAt = new Date('2026-03-02T09:00:00Z');
        const asked: FormatRequest = { requestId, receivedAt, body, params, query: sample.query ?? {}, headers: {} };
        for (const { key, report } of eventsOf(endpointOf(format, sample), asked)) {
          expect(jsonFaults(report)).toEqual([]);
          expect(AlertReport.safeParse(report).error).toBeUndefined();
          expect(key).not.toBe('');
        }
      }),
    );
  });

  test('refuses a body that is nested too deeply to be serialised', async () => {
    const { to, url } = await integration(format);
    const endpoint = endpointOf(format, firing);
    const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
    const text = JSON.stringify(withDeep(firing.body)).replaceAll('"DEEP"', deep);
    const answer = await to(endpoint, new URL(url).pathname + filled(endpoint.path, firing.params), firing.query, text);
    expect(answer.status).toBeLessThan(500);
  });

  test('is in the OpenAPI document and in the list of formats, with its snippets', async () => {
    const { paths } = openApi('Tocsin', '1', { alerts: alertsContract }, { alerts: alertsRoutes }) as {
      paths: Record<string, object>;
    };
    for (const { path, endpoint } of formatRoutes.filter((route) => format.endpoints.includes(route.endpoint))) {
      const shown = paths[path.replace(/:(\w+)/g, '{$1}')] as Record<string, object>;
      expect(shown[endpoint.method.toLowerCase()]).toMatchObject({ summary: endpoint.summary });
    }
    const { formats } = await harness.alerts.port.formats({}, someone());
    const offered = formats.find(({ id }) => id === format.id);
    expect(offered).toMatchObject({ title: format.title, hint: format.hint ?? null, source: format.source });
    expect(offered?.setup.map(({ id, code }) => [id, code])).toEqual(format.setup.map(({ id, code }) => [id, code]));
    const { url, key } = await integration(format);
    expect(url).toBe(`https://tocsin.example${offered?.path.replace('{key}', key)}`);
  });
});

/** A body with a placeholder for a deeply nested value in each of its objects. */
const withDeep = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body, (_name, value) => (isObject(value) ? { ...value, deep: 'DEEP' } : value)));

/** The events that an endpoint reads; none if it refuses with `invalid`. Any other error is thrown. */
function eventsOf({ read }: Endpoint, asked: FormatRequest) {
  try {
    return read?.(asked).events ?? [];
  } catch (error) {
    if (error instanceof Problem && error.kind === 'invalid') return [];
    throw error;
  }
}

test('the example format is tested and is not in the product', () => {
  expect(FORMATS.at(-1)?.id).toBe(example.id);
  expect(new Set(FORMATS.map(({ id }) => id)).size).toBe(FORMATS.length);
});

test('an integration with an unknown format is refused, and the answer names the field', async () => {
  const answer = await request(harness.app(admin))
    .post('/api/v1/integrations')
    .send({ name: 'x', format: 'telegraph' });
  expect([answer.status, answer.body.errors]).toEqual([422, [expect.objectContaining({ path: 'format' })]]);
});

test('no CHECK of the database lists formats', async () => {
  const { rows } = await harness.database.db.raw(
    "select conrelid::regclass::text || ': ' || pg_get_constraintdef(oid) as text from pg_constraint where contype = 'c'",
  );
  const naming = rows.filter(({ text }: { text: string }) => FORMATS.some(({ id }) => text.includes(`'${id}'`)));
  expect(naming).toEqual([]);
});

test('the page names no format, because it reads them from the API', () => {
  const web = join(__dirname, '../../../web');
  const files = ['integrations', 'home', 'text'].flatMap((folder) =>
    readdirSync(join(web, folder)).map((file) => join(web, folder, file)),
  );
  const sources = files.filter((file) => /[.]tsx?$/.test(file) && !/[.]test[.]tsx?$/.test(file));
  expect(sources.length).toBeGreaterThan(10);
  const naming = sources.filter((file) => {
    const text = readFileSync(file, 'utf8').toLowerCase();
    return FORMATS.some(({ id, title }) => text.includes(`'${id}'`) || text.includes(title.toLowerCase()));
  });
  expect(naming).toEqual([]);
});
