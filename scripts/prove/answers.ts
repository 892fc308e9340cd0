import { eventually } from '../children';
import type { Client } from './client';
import type { Deployment } from './deployments';
import type { Answers } from './ledger/input';

/** The answers of the API and the metrics, as a user or a dashboard reads them. */

const PAGE = 200;
const PATIENCE_MS = 20_000;
const AT_ONCE = 8;

/** Reads a path; `T` is what the caller expects. */
type Get = <T>(path: string) => Promise<T>;

export async function readAnswers(deployment: Deployment, client: Client): Promise<Answers> {
  const get: Get = async <T>(path: string) => {
    const answer = await eventually(
      async () => {
        const tried = await client.ask<T>('GET', path);
        return tried?.status === 200 ? tried : undefined;
      },
      { withinMs: PATIENCE_MS },
    );
    if (answer === undefined) throw new Error(`${path} is not answered.`);
    return answer.body;
  };
  const alerts = await readAll<'alerts'>(get, '/api/v1/alerts', 'alerts');
  const incidents = await readAll<'incidents'>(get, '/api/v1/incidents', 'incidents');
  const notifications = await readAll<'notifications'>(get, '/api/v1/notifications', 'notifications');
  return {
    alerts,
    incidents,
    notifications,
    timelines: await timelinesOf(incidents.rows, get),
    incidentStats: await get('/api/v1/incidents/stats/summary'),
    notificationStats: await get('/api/v1/notifications/stats/summary'),
    metrics: await metricsOf(deployment),
  };
}

/** All pages of a list. */
async function readAll<K extends 'alerts' | 'incidents' | 'notifications'>(
  get: Get,
  path: string,
  member: K,
): Promise<{ total: number; rows: Answers[K]['rows'][number][] }> {
  const rows: Answers[K]['rows'][number][] = [];
  for (let page = 1; ; page++) {
    const body = await get<Record<K, Answers[K]['rows']> & { total: number }>(`${path}?page=${page}&per_page=${PAGE}`);
    rows.push(...body[member]);
    if (rows.length >= body.total || body[member].length === 0) return { total: body.total, rows };
  }
}

/** Ids of the entries of each incident's timeline, in order. */
async function timelinesOf(incidents: Answers['incidents']['rows'], get: Get): Promise<Map<string, string[]>> {
  const timelines = new Map<string, string[]>();
  const waiting = [...incidents];
  const reader = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { timeline } = await get<{ timeline: { id: string }[] }>(`/api/v1/incidents/${next.id}/timeline`);
      timelines.set(
        next.id,
        timeline.map(({ id }) => id),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return timelines;
}

/** Every sample of every process, by its name with labels. */
async function metricsOf({ processes }: Deployment): Promise<Record<string, number>> {
  const samples: Record<string, number> = {};
  for (const { url } of processes) {
    const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(PATIENCE_MS) })).text();
    for (const line of text.split('\n')) {
      const [, name, value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
      if (name !== undefined) samples[name] = Number(value);
    }
  }
  return samples;
}
