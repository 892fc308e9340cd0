import { ask } from '../../api';
import { freePort } from '../../children';
import type { Figure } from '../figure';
import { spreadText } from '../numbers';
import { drive, startBare } from '../processes';
import { databaseUrl, withDatabase, withProduct } from '../product';
import { BODIES } from '../requests';

const RATE = 50;
const SECONDS = 20;
const WARM_UP = 3 * RATE;

/** Time from the acceptance of an alert to its webhook. Each alert opens its own incident. */
export async function measure(): Promise<Figure[]> {
  const sinkPort = await freePort();
  const env = { DEFAULT_ROOM: 'webhook:bench', WEBHOOK_URL: `http://127.0.0.1:${sinkPort}/` };
  return withProduct({ env }, async (product) => {
    const { url, apiKey } = product;
    const paced = await drive('paced', {
      url,
      apiKey,
      sinkPort,
      run: 'pages',
      rate: RATE,
      seconds: SECONDS,
      warmUp: WARM_UP,
    });
    const bare = await startBare(await ask(product, 'POST', '/api/v1/alerts', BODIES.single('ping', 0)));
    const alone = { run: 'alone', connections: 1, seconds: 1 };
    const ping = await drive('posts', { ...alone, url: bare.url, apiKey, path: '/api/v1/alerts', body: 'single' });
    await bare.end();
    await withDatabase(product, 'alerts', (client) =>
      client.query('create table bench_commit (like alerts including defaults)'),
    );
    const to = { url: databaseUrl(product, 'alerts'), table: 'bench_commit', rows: 1 };
    const commit = await drive('inserts', { ...alone, ...to });
    const { p50, p99 } = paced.fromAccepted;
    const lost = paced.sent - paced.told;
    return [
      {
        what: `alert accepted → webhook called, ${RATE}/s, an incident each`,
        measured: spreadText(paced.fromAccepted),
        reach: 'p50 ≤ 25 ms, p99 ≤ 150 ms',
        reached: p50 <= 25 && p99 <= 150 && lost === 0,
        beside:
          `from sending ${spreadText(paced.fromSent)}; the answer itself ${spreadText(paced.answer)}; ` +
          `bare ping ${spreadText(ping)}; one commit ${spreadText(commit)}${lost > 0 ? `; ${lost} never heard of` : ''}`,
        raw: { ...paced, ping: { p50: ping.p50, p99: ping.p99 }, commit: { p50: commit.p50, p99: commit.p99 } },
      },
    ];
  });
}
