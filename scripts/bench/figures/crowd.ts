import { createServer, type Server } from 'node:http';
import type { Client } from 'pg';
import { ask } from '../../api';
import { listening, pause } from '../../children';
import type { Figure } from '../figure';
import { ms } from '../numbers';
import { type Reached, verify, withPeople } from '../people';
import { TEAM, withDatabase } from '../product';
import { alertOf } from '../requests';

const PEOPLE = 1_000;
const OF_A_TEAM = 200;
const TEAMS = Array.from({ length: PEOPLE / OF_A_TEAM }, (_, n) => `crowd-${n}`);
const WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 50;

/** A step that pages a thousand people by their contact methods: when all are planned, and when each first attempt has begun. */
export const measure = (): Promise<Figure[]> =>
  withPeople(async (product) => {
    await gather(product);
    const sink = await openSink(product.sinkPort);
    const { planned, begun } = await withDatabase(product, 'notify', async (client) => {
      await ask(product, 'POST', '/api/v1/alerts', alertOf('crowd', 0));
      const acceptedAt = performance.now();
      const since = async (sql: string) => {
        await reaches(client, sql);
        return performance.now() - acceptedAt;
      };
      return { planned: await since(PLANNED), begun: await since(BEGUN) };
    });
    sink.closeAllConnections();
    sink.close();
    return [
      {
        what: `${PEOPLE.toLocaleString('en')} people paged by one step: planned, and all first attempts begun`,
        measured: `${ms(planned)}, ${ms(begun)}`,
        reach: '≤ 1 s, ≤ 5 s',
        reached: planned <= 1_000 && begun <= 5_000,
        beside: 'from the acceptance of the alert',
        raw: { planned, begun },
      },
    ];
  });

const PLANNED = 'select count(*)::int as n from pages';
const BEGUN = `select count(distinct a.notification_id)::int as n
                 from attempts a join notifications n on n.id = a.notification_id where n.page_id is not null`;

/** Waits until a count covers everyone. @throws Error if it does not in time */
async function reaches(client: Client, sql: string): Promise<void> {
  let seen = 0;
  for (const until = performance.now() + WITHIN_MS; performance.now() < until; await pause(LOOK_EVERY_MS)) {
    seen = (await client.query<{ n: number }>(sql)).rows[0]?.n ?? 0;
    if (seen >= PEOPLE) return;
  }
  throw new Error(`${seen} of ${PEOPLE} people were paged within ${WITHIN_MS / 1_000} s.`);
}

/** Teams whose people each have a topic of ntfy, and a step that pages all of them. */
async function gather(product: Reached): Promise<void> {
  const emailOf = (team: string, n: number) => `${team}-${n}@example.com`;
  const numbers = Array.from({ length: OF_A_TEAM }, (_, n) => n);
  for (const team of TEAMS) {
    const members = numbers.map((n) => ({ name: `Person ${team} ${n}`, email: emailOf(team, n), role: 'primary' }));
    await ask(product, 'POST', '/api/v1/schedules', { team, members });
  }
  const owners = TEAMS.flatMap((team) =>
    numbers.map((n) => ({ person: emailOf(team, n), addresses: { ntfy: `${team}-${n}` } })),
  );
  await withDatabase(product, 'notify', (client) => verify(client, owners));
  const targets = TEAMS.map((team) => ({ kind: 'team', team }));
  await ask(product, 'PUT', `/api/v1/policies/${TEAM.team}`, { steps: [{ targets, wait_minutes: 60 }] });
}

/** Takes every message at once. */
const openSink = (port: number): Promise<Server> =>
  listening(
    createServer((req, res) => {
      req.resume().on('end', () => res.writeHead(200).end(JSON.stringify({ id: 'm1', event: 'message' })));
    }),
    port,
  );
