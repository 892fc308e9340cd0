import type { Client } from 'pg';
import { freePort } from '../../children';
import type { Figure } from '../figure';
import { ms, perSecond, spreadText } from '../numbers';
import { drive } from '../processes';
import { withDatabase, withProduct } from '../product';

const QUEUED = 10_000;
const RATE = 20;
const SECONDS = 8;

/** Time from the acceptance of an alert to the webhook of its room, while messages that waited for the same provider are sent. */
export async function measure(): Promise<Figure[]> {
  const sinkPort = await freePort();
  const env = { DEFAULT_ROOM: 'webhook:bench', WEBHOOK_URL: `http://127.0.0.1:${sinkPort}/` };
  return withProduct({ env }, async (product) => {
    const { url, apiKey } = product;
    const paced = (run: string) =>
      drive('paced', { url, apiKey, sinkPort, run, rate: RATE, seconds: SECONDS, warmUp: RATE });
    const alone = await paced('alone');
    return withDatabase(product, 'notify', async (client) => {
      await queue(client);
      const during = await paced('draining');
      const before = await waiting(client);
      const lost = during.sent - during.told;
      const p99 = during.fromAccepted.p99;
      return [
        {
          what: `alert accepted → webhook called, while ${QUEUED.toLocaleString('en')} queued messages drain, p99`,
          measured: ms(p99),
          reach: '≤ 200 ms',
          reached: p99 <= 200 && lost === 0,
          beside:
            `${spreadText(during.fromAccepted)}; without the queue ${spreadText(alone.fromAccepted)}; ` +
            `${perSecond((QUEUED - before) / SECONDS)} drained, ${before.toLocaleString('en')} still waited${lost > 0 ? `; ${lost} never came` : ''}`,
          raw: { alone, during, waiting: before },
        },
      ];
    });
  });
}

/** Copies a message that was sent: half as retries of high urgency, half of low urgency, all due now. */
async function queue(client: Client): Promise<void> {
  await client.query('begin');
  await client.query(
    `create temporary table bench_queued on commit drop as
     select gen_random_uuid() as id, n % 2 = 0 as high from generate_series(1, $1::int) as n`,
    [QUEUED],
  );
  await client.query(
    `insert into notifications overriding user value
     select (jsonb_populate_record(t, jsonb_build_object(
              'id', q.id, 'incident_id', gen_random_uuid(), 'status', 'queued', 'sent_at', null, 'told_key', 'bench:' || q.id,
              'severity', case when q.high then 'high' else 'low' end))).*
       from notifications t, bench_queued q
      where t.id = (select id from notifications where channel = 'webhook' and status = 'sent' limit 1)`,
  );
  await client.query(
    `insert into jobs (kind, payload, run_at, created_at)
     select case when high then 'deliver:webhook:high' else 'deliver:webhook:low' end,
            jsonb_build_object('notification_id', id), clock_timestamp(), clock_timestamp() from bench_queued`,
  );
  await client.query(`select pg_notify('jobs', '')`);
  await client.query('commit');
}

async function waiting(client: Client): Promise<number> {
  const { rows } = await client.query(
    `select count(*)::int as n from notifications where told_key like 'bench:%' and status = 'queued'`,
  );
  return rows[0].n;
}
