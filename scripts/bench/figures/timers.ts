import type { Client } from 'pg';
import { ask } from '../../api';
import { eventually } from '../../children';
import type { Measure } from '../figure';
import { type Spread, spreadText } from '../numbers';
import { withDatabase, withProduct } from '../product';
import { BODIES } from '../requests';

const TIMERS = 10_000;
const SPREAD_SECONDS = 60;
/** Timers that fall due before the counted ones, at the same pace, as a warm-up. */
const WARM_UP = 800;
/** Time until the first timer is due, which must be enough to copy all of them. */
const LEAD_SECONDS = 15;
const STRAGGLERS_MS = 15_000;

/**
 * Ten thousand incidents whose second step falls due, one after the other, within a minute. They are copies of an incident
 * that the product opened, so that their rows are as the product writes them.
 */
export const measure: Measure = () =>
  withProduct({}, (product) =>
    withDatabase(product, 'incidents', async (client) => {
      const { incident_id } = await ask<{ incident_id: string }>(
        product,
        'POST',
        '/api/v1/alerts',
        BODIES.single('model', 0),
      );
      const armed = await eventually(() => armedJob(client, incident_id), { withinMs: 10_000 });
      if (!armed) throw new Error('The model incident was not armed.');
      await copy(client, incident_id);
      const all = () => taken(client);
      await eventually(all, { withinMs: (LEAD_SECONDS + SPREAD_SECONDS) * 1_000 + STRAGGLERS_MS, everyMs: 2_000 });
      const takenLate = await lateness(client, 'taken_at');
      const toldLate = await lateness(client, 'told_at');
      const missing = TIMERS - toldLate.count;
      return [
        {
          what: `${TIMERS.toLocaleString('en')} timers due over ${SPREAD_SECONDS} s: lateness`,
          measured: spreadText(takenLate),
          reach: 'p99 ≤ 100 ms',
          reached: takenLate.p99 <= 100 && missing === 0,
          beside: `responder told and written down ${spreadText(toldLate)}${missing > 0 ? `; ${missing} not yet` : ''}`,
          raw: { taken: takenLate, told: toldLate, missing },
        },
      ];
    }),
  );

async function armedJob(client: Client, incidentId: string): Promise<{ id: string } | undefined> {
  const { rows } = await client.query(
    `select id from jobs where kind = 'step' and payload->>'incident_id' = $1 and run_at > now()`,
    [incidentId],
  );
  return rows[0];
}

/** Copies the rows of the model incident with new ids and evenly spaced due times, in one transaction. */
async function copy(client: Client, model: string): Promise<void> {
  await client.query('begin');
  await client.query(
    `create table bench_due as
     select gen_random_uuid() as id, n > 0 as counted, now() + make_interval(secs => $1 + n * $2::float8 / $3) as due
       from generate_series(1 - $4::int, $3::int) as n`,
    [LEAD_SECONDS, SPREAD_SECONDS, TIMERS, WARM_UP],
  );
  const like = (table: string, fields: string, where: string) =>
    client.query(
      `insert into ${table} overriding user value
       select (jsonb_populate_record(t, jsonb_build_object(${fields}))).* from ${table} t, bench_due d where ${where}`,
      [model],
    );
  await like('incidents', "'id', d.id", 't.id = $1');
  await like('escalations', "'incident_id', d.id, 'next_step_at', d.due", 't.incident_id = $1');
  await like('escalation_steps', "'incident_id', d.id", 't.incident_id = $1');
  const payload = "t.payload || jsonb_build_object('incident_id', d.id)";
  await like(
    'jobs',
    `'run_at', d.due, 'payload', ${payload}`,
    `t.kind = 'step' and t.payload->>'incident_id' = $1::text and t.run_at > now()`,
  );
  await client.query(`select pg_notify('jobs', '')`);
  await client.query('commit');
  const { rows } = await client.query('select clock_timestamp() > min(due) as late from bench_due');
  if (rows[0].late) throw new Error(`Copying took longer than ${LEAD_SECONDS} s.`);
}

const OUR_STEPS = 'escalation_steps s join bench_due d on d.id = s.incident_id where d.counted and s.turn > 1';

async function taken(client: Client): Promise<true | undefined> {
  const { rows } = await client.query(`select count(told_at)::int as told from ${OUR_STEPS}`);
  return rows[0].told >= TIMERS || undefined;
}

async function lateness(client: Client, column: string): Promise<Spread> {
  const late = `extract(epoch from s.${column} - d.due) * 1000`;
  const at = (share: number) => `percentile_cont(${share}) within group (order by ${late})`;
  const { rows } = await client.query(
    `select count(s.${column})::int as count, ${at(0.5)} as p50, ${at(0.99)} as p99, ${at(1)} as max from ${OUR_STEPS}`,
  );
  return rows[0];
}
