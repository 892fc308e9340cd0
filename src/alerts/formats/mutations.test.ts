import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { endpointOf, type FormatClient, faultOf, formatClient, samplesWithBody } from '../../testing/formatClient';
import { someone } from '../../testing/http';
import { chanceOf, mutated } from '../../testing/mutations';
import type { Format } from './format';
import { FORMATS } from './index';
import { isRecord } from './read';

/** Random changes of recorded requests at the endpoints of every format. MUTATIONS_SEED=2 tries others. */

const SEED = Number(process.env['MUTATIONS_SEED'] ?? 1);
const REQUESTS = 300;
const LONGEST_MS = 60_000;

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

/** The bodies of all recorded requests, by file. */
const RECORDED = readdirSync(join(__dirname, 'fixtures'))
  .filter((file) => file.endsWith('.json'))
  .map(
    (file) => [file, bodiesOf(JSON.parse(readFileSync(join(__dirname, 'fixtures', file), 'utf8')).requests)] as const,
  );

function bodiesOf(requests: unknown): unknown[] {
  return Object.values(requests as object).map((one) => (isRecord(one) && 'json' in one ? one['json'] : one));
}

/** Recorded requests of a format; of all formats if it has none of its own. */
function recordedOf({ id }: Format): unknown[] {
  const own = RECORDED.filter(([file]) => id.includes(file.split(/[-.]/)[0] as string));
  return (own.length > 0 ? own : RECORDED).flatMap(([, bodies]) => bodies);
}

const formats = FORMATS.map((format): [string, Format] => [format.id, format]);
test.each(formats)(
  `${REQUESTS} changed requests of %s fail in no other way than the vendor's (seed ${SEED})`,
  async (_id, format) => {
    const chance = chanceOf(SEED);
    const samples = samplesWithBody(format);
    const recorded = recordedOf(format);
    const { firing } = format.samples;
    const integration = await client.integration(format);
    await integration.send(firing, JSON.stringify(firing.body));
    let refused = 0;
    const until = performance.now() + LONGEST_MS;
    for (let n = 0; n < REQUESTS && performance.now() < until; n++) {
      const sample = chance.pick(samples);
      const body = mutated(chance.int(2) === 0 ? sample.body : chance.pick(recorded), chance);
      const answer = await integration.send(sample, body);
      const shown = `request ${n} of seed ${SEED}: ${body.toString('utf8', 0, 300)}`;
      expect([faultOf(answer, endpointOf(format, sample)), shown]).toEqual([null, shown]);
      if (answer.status >= 400 && answer.status !== 404) refused += 1;
    }
    expect((await integration.state()).rejections).toBe(refused);
    await harness.alerts.drain();
    expect(await harness.database.db('jobs').whereNotNull('last_error').select('kind', 'last_error')).toEqual([]);
    const { alerts } = await harness.alerts.port.list({ per_page: 100 }, someone());
    expect(alerts.length).toBeGreaterThan(0);
  },
);
