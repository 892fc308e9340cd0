import type { Measure } from '../figure';
import { median, perSecond } from '../numbers';
import { drive } from '../processes';
import { databaseUrl, withDatabase, withProduct } from '../product';
import { BATCH } from '../requests';

const CONNECTIONS = 4;
const BATCHES = { path: '/api/v1/alerts/batch', body: 'batch', connections: CONNECTIONS } as const;
const SECONDS = 4;
const ROUNDS = 5;

/** Copies of the alerts table without any index, and with all of them. */
const COPIES = {
  bench_plain: 'including defaults',
  bench_indexed: 'including all',
};

/** Rows per second. */
interface Round {
  rows: number;
  plain: number;
  indexed: number;
  statuses: Record<string, number>;
}

/** Compares batches with bare multi-row inserts of the same rows into the same server, in turns. */
export const measure: Measure = () =>
  withProduct({}, async (product) => {
    await withDatabase(product, 'alerts', async (client) => {
      for (const [name, what] of Object.entries(COPIES))
        await client.query(`create table ${name} (like alerts ${what})`);
    });
    const url = databaseUrl(product, 'alerts');
    const { url: productUrl, apiKey } = product;
    const batches = (run: string, seconds = SECONDS) =>
      drive('posts', { ...BATCHES, url: productUrl, apiKey, run, seconds });
    const inserts = (table: string, run: string, seconds = SECONDS) =>
      drive('inserts', { url, table, run, seconds, rows: BATCH, connections: CONNECTIONS });
    await batches('warm');
    const rounds: Round[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const ours = await batches(`round${round}`);
      const plain = await inserts('bench_plain', `round${round}`);
      const indexed = await inserts('bench_indexed', `round${round}`, SECONDS / 2);
      const rows = ours.perSecond * BATCH;
      rounds.push({ rows, plain: plain.perSecond, indexed: indexed.perSecond, statuses: ours.statuses });
    }
    const of = (pick: (round: Round) => number) => median(rounds.map(pick));
    const ratio = of(({ rows, plain }) => rows / plain);
    const indexedRatio = of(({ rows, indexed }) => rows / indexed);
    const [rows, plain, indexed] = [of((r) => r.rows), of((r) => r.plain), of((r) => r.indexed)];
    return [
      {
        what: `POST /alerts/batch of ${BATCH}, rows of bare INSERTs`,
        measured: ratio.toFixed(2),
        reach: '≥ 0.25',
        reached: ratio >= 0.25,
        beside: `${perSecond(rows)} of ${perSecond(plain)}; with the table's indexes ${indexedRatio.toFixed(2)} of ${perSecond(indexed)}`,
        raw: { ratio, rows, plain, indexed, indexedRatio, rounds },
      },
    ];
  });
