import { eventually } from '../children.mjs';

/** What the API and the metrics say, as a user or a dashboard would read them. */

const PAGE = 200;
const PATIENCE_MS = 20_000;
const AT_ONCE = 8;

export async function readAnswers(house, client) {
  const get = async (path) => {
    const answer = await eventually(
      async () => {
        const tried = await client.ask('GET', path);
        return tried?.status === 200 ? tried : undefined;
      },
      { withinMs: PATIENCE_MS },
    );
    if (answer === undefined) throw new Error(`${path} is not answered.`);
    return answer.body;
  };
  const all = async (path, member) => {
    const rows = [];
    for (let page = 1; ; page++) {
      const body = await get(`${path}?page=${page}&per_page=${PAGE}`);
      rows.push(...body[member]);
      if (rows.length >= body.total || body[member].length === 0) return { total: body.total, rows };
    }
  };
  const alerts = await all('/api/v1/alerts', 'alerts');
  const incidents = await all('/api/v1/incidents', 'incidents');
  const notifications = await all('/api/v1/notifications', 'notifications');
  return {
    alerts,
    incidents,
    notifications,
    timelines: await timelinesOf(incidents.rows, get),
    incidentStats: await get('/api/v1/incidents/stats/summary'),
    notificationStats: await get('/api/v1/notifications/stats/summary'),
    metrics: await metricsOf(house),
  };
}

/** Ids of the entries of each incident's timeline, in order. */
async function timelinesOf(incidents, get) {
  const timelines = new Map();
  const waiting = [...incidents];
  const reader = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { timeline } = await get(`/api/v1/incidents/${next.id}/timeline`);
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
async function metricsOf({ processes }) {
  const samples = {};
  for (const { url } of processes) {
    const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(PATIENCE_MS) })).text();
    for (const line of text.split('\n')) {
      const [, name, value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
      if (name !== undefined) samples[name] = Number(value);
    }
  }
  return samples;
}
