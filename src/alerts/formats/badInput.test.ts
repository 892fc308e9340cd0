import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import {
  changedAt,
  eachValue,
  hasValue,
  isInstant,
  LONG_TEXT,
  OTHERS,
  placesIn,
  TEXTS,
  TIMES,
  widened,
  withLongText,
  without,
} from '../../testing/badBodies';
import {
  endpointOf,
  type FormatClient,
  type FormatIntegration,
  faultOf,
  formatClient,
  samplesWithBody,
  type VendorAnswer,
} from '../../testing/formatClient';
import { someone } from '../../testing/http';
import { watchLoop } from '../../testing/loopWatch';
import type { Format, Sample } from './format';
import { FORMATS } from './index';
import { isRecord } from './read';

/** Bad input at each endpoint of every format. A new format is tested without a change of this file. */

const MIB = 1024 * 1024;

let harness: AlertsHarness;
let client: FormatClient;
beforeAll(async () => {
  harness = await alertsHarness();
  client = await formatClient(harness);
});
afterAll(async () => {
  client.close();
  await harness.drop();
});

describe.each(FORMATS.map((format): [string, Format] => [format.id, format]))('the format %s', (_id, format) => {
  const { firing, resolved } = format.samples;
  const samples = samplesWithBody(format).map((sample): [string, Sample] => [sample.endpoint ?? format.id, sample]);
  const isReport = ([, sample]: [string, Sample]) => endpointOf(format, sample).read !== undefined;
  const [reports, actions] = [samples.filter(isReport), samples.filter((one) => !isReport(one))];
  let integration: FormatIntegration;
  beforeAll(async () => {
    integration = await client.integration(format);
    await integration.send(firing, JSON.stringify(firing.body));
  });

  /**
   * Sends bodies and checks the form of each answer, that the refused ones store nothing, and that they are counted.
   * @returns the statuses
   */
  async function sendAll(sample: Sample, bodies: Iterable<string | Buffer>): Promise<number[]> {
    const statuses: number[] = [];
    const refused: (string | Buffer)[] = [];
    for (const body of bodies) {
      const answer = await integration.send(sample, body);
      const shown = body.toString('utf8', 0, 300).slice(0, 300);
      expect([faultOf(answer, endpointOf(format, sample)), shown]).toEqual([null, shown]);
      statuses.push(answer.status);
      // 404 answers a question for something that does not exist.
      if (answer.status >= 400 && answer.status !== 404 && !tookAPart(answer, body)) refused.push(body);
    }
    await expectRefused(sample, refused);
    return statuses;
  }

  /** Sends bodies again that were refused. */
  async function expectRefused(sample: Sample, bodies: readonly (string | Buffer)[]): Promise<void> {
    const before = await integration.state();
    for (const body of bodies) expect((await integration.send(sample, body)).status).toBeGreaterThanOrEqual(400);
    const after = await integration.state();
    expect([after.stored, after.rejections]).toEqual([before.stored, before.rejections + bodies.length]);
    if (bodies.length > 0) expect([after.reason, after.kept]).not.toEqual(['', 0]);
  }

  /** What was stored can be read, and the jobs that it caused succeed. */
  afterEach(async () => {
    const { alerts } = await harness.alerts.port.list({ per_page: 100 }, someone());
    await harness.alerts.port.get({ alert_id: (alerts[0] as { id: string }).id }, someone());
    await harness.alerts.drain();
    expect(await harness.database.db('jobs').whereNotNull('last_error').select('kind', 'last_error')).toEqual([]);
  });

  test.each(reports)('refuses truncated and broken JSON at %s', async (_endpoint, sample) => {
    const text = JSON.stringify(sample.body);
    const broken = brokenOf(text).filter((one) => !isJson(one));
    const statuses = await sendAll(sample, broken);
    expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([]);
    await sendAll(sample, garbledOf(text));
  });

  test.each(reports)('reads null and other types in the place of each field at %s', async (_endpoint, sample) => {
    await sendAll(sample, texts([...OTHERS, ...retypedOf(sample.body)]));
  });

  test.each(reports)('reads bodies without a field, and with unknown ones, at %s', async (_endpoint, sample) => {
    const unknown = widened(sample.body, 3, { unknown: [null] });
    await sendAll(sample, ['', ...texts([unknown, ...shortenedOf(sample.body)])]);
  });

  test.each(reports)('reads unicode, control characters and lone surrogates at %s', async (_endpoint, sample) => {
    await sendAll(sample, texts(TEXTS.map((text) => withTexts(sample.body, text))));
  });

  test.each(reports)('does not hold the event loop with a long text at %s', async (_endpoint, sample) => {
    const loop = watchLoop();
    for (const body of withLongText(sample.body)) {
      const [status] = await sendAll(sample, texts([body]));
      expect([status === 413, loop.longest() < LONGEST_TURN_MS]).toEqual([false, true]);
    }
    loop.stop();
  });

  test.each(reports)('reads instants of the far past and future at %s', async (_endpoint, { body, ...sample }) => {
    const timed = hasValue(body, isInstant) ? body : { ...(body as object), time: '2026-03-02T09:00:00Z' };
    const bodies = TIMES.map((time) => eachValue(timed, (value) => (isInstant(value) ? time : value)));
    await sendAll(sample, texts(bodies));
  });

  test.each(reports)('reads label bombs and names of prototypes at %s', async (_endpoint, sample) => {
    await sendAll(sample, texts(bombsOf(sample.body)));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  if (actions.length > 0) {
    test.each(actions)('reads every kind of bad body at %s', async (_endpoint, sample) => {
      const { body } = sample;
      const text = JSON.stringify(body);
      await sendAll(sample, [...brokenOf(text), ...garbledOf(text)]);
      const some = [...retypedOf(body), ...shortenedOf(body), ...bombsOf(body), withTexts(body, LONG_TEXT)];
      await sendAll(sample, texts([...some, ...TEXTS.map((one) => withTexts(body, one))]));
    });
  }

  test.each(reports)('refuses 10 MiB without a list at %s', async (_endpoint, sample) => {
    const padding = 'x'.repeat(10 * MIB);
    const text = JSON.stringify(sample.body);
    const padded = text.startsWith('{"') ? `{"padding":"${padding}",${text.slice(1)}` : JSON.stringify([padding]);
    expect(await sendAll(sample, [padded])).toEqual([413]);
  });

  // The first of them, because all endpoints of a format share their limits.
  const long = samples.filter(([, sample]) => listOf(format, sample) !== null).slice(0, 1);
  if (long.length > 0) {
    test.each(long)(
      'takes 10,000 alerts of a list, or refuses the list as a whole, at %s',
      async (_endpoint, sample) => {
        const own = await client.integration(format);
        const { status } = await own.send(sample, JSON.stringify(manyOf(format, sample, 10_000)));
        const added = (await own.alerts()).length;
        expect([status < 400, added]).toEqual(status < 400 ? [true, 10_000] : [false, 0]);
      },
    );

    test.each(long)('counts an identity that a request repeats as one alert at %s', async (_endpoint, sample) => {
      const own = await client.integration(format);
      const list = listOf(format, sample) as unknown[];
      const repeated = Array.from({ length: 50 }, () => list[0]);
      expect((await own.send(sample, JSON.stringify(withList(format, sample, repeated)))).status).toBeLessThan(300);
      expect(await own.alerts()).toMatchObject([{ status: 'firing', count: 1 }]);
    });
  }

  test('an alert whose end came first fires when it is reported', async () => {
    const own = await client.integration(format);
    for (let turn = 0; turn < 2; turn++) {
      expect((await own.send(resolved, JSON.stringify(resolved.body))).status).toBeLessThan(300);
    }
    expect(await own.alerts()).toEqual([]);
    expect((await own.send(firing, JSON.stringify(firing.body))).status).toBeLessThan(300);
    const states = (await own.alerts()).map(({ status }) => status);
    expect([...new Set(states)]).toEqual(['firing']);
  });
});

/** Far above the time of a good request, and far below that of a pattern which reads a text once for each character. */
const LONGEST_TURN_MS = 300;

const texts = (bodies: readonly unknown[]): string[] =>
  bodies.map((body) => JSON.stringify(body)).filter((text) => text !== undefined);

const withTexts = (body: unknown, text: string): unknown =>
  eachValue(body, (value) => (typeof value === 'string' ? text : value));

const brokenOf = (text: string): string[] => [
  ...[0.1, 0.5, 0.9].map((part) => text.slice(0, Math.max(1, Math.floor(text.length * part)))),
  ...[text.slice(0, -1), `${text}}`, '{"a":NaN}', "{'a':1}", '\0', text.replaceAll('"', "'")],
];

/** Bytes that are not UTF-8, another encoding, and a byte order mark. */
const garbledOf = (text: string): Buffer[] => [
  Buffer.concat([Buffer.from(text.slice(0, -3)), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from(text.slice(-3))]),
  Buffer.from(text, 'utf16le'),
  Buffer.from(`\ufeff${text}`),
];

const MOST_PLACES = 60;
const placesOf = (body: unknown): number[] => [...Array(Math.min(placesIn(body), MOST_PLACES)).keys()];

const retypedOf = (body: unknown): unknown[] =>
  placesOf(body).flatMap((place) =>
    [null, OTHERS[place % OTHERS.length]].map((value) => changedAt(body, place, () => value)),
  );

const shortenedOf = (body: unknown): unknown[] =>
  placesOf(body)
    .slice(1)
    .map((place) => changedAt(body, place, without));

const bombsOf = (body: unknown): unknown[] => [
  widened(body, 2_000, 'x'),
  widened(body, 40, 'x'.repeat(2_000)),
  widened(body, 12, { polluted: true }),
];

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Some vendors answer an error and take the valid items of a list. */
const tookAPart = ({ body }: VendorAnswer, sent: string | Buffer): boolean =>
  typeof body === 'string' && sent.toString('utf8').startsWith('[') && JSON.parse(sent.toString('utf8')).length > 1;

/** The alerts of a sample whose format has lists; otherwise null. */
function listOf(format: Format, { body, ...sample }: Sample): unknown[] | null {
  if (Array.isArray(body)) return body;
  const { list } = endpointOf(format, sample);
  const items = list !== undefined && isRecord(body) ? body[list] : null;
  return Array.isArray(items) ? items : null;
}

function withList(format: Format, sample: Sample, items: unknown[]): unknown {
  const { list } = endpointOf(format, sample);
  return list === undefined ? items : { ...(sample.body as object), [list]: items };
}

/** The same request with so many alerts, each with an identity of its own. */
function manyOf(format: Format, sample: Sample, count: number): unknown {
  const [item] = listOf(format, sample) as Record<string, unknown>[];
  const labels = isRecord(item?.['labels']) ? item['labels'] : {};
  const numbered = (n: number) => ({ ...item, fingerprint: `f-${n}`, labels: { ...labels, number: `${n}` } });
  return withList(
    format,
    sample,
    Array.from({ length: count }, (_, n) => numbered(n)),
  );
}
