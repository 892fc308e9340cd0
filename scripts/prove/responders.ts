import { pause } from '../children';
import type { Chance } from './chance';
import type { Client } from './client';
import type { Arrival } from './providers';

/**
 * Responders: a paged person can read, escalate, acknowledge and resolve the incident, in the dashboard or from the message
 * itself. Their requests are recorded.
 */

const ACTS = 0.7;
const ESCALATES_FIRST = 0.2;
const RESOLVES = 0.5;
const FROM_MESSAGE = 0.7;
const LOOKS_WITHIN_MS = 3_000;
const MENDS_WITHIN_MS = 8_000;
const PAGED_WITHIN_MS = 90_000;
const ONE_PAGE = 200;
const AT_ONCE = 8;
/** Channels of people; the room is notified by another one. */
const PERSONAL = 'email,sms,voice,ntfy,webpush';
const UUID = /^[0-9a-f-]{36}$/;

export interface Responders {
  /** Incidents whose change got 200. */
  acknowledged: ReadonlySet<string>;
  resolved: ReadonlySet<string>;
  /** Answers from messages whose result the product said. */
  answered: () => number;
  onPage(page: Arrival): void;
  stop(): Promise<void>;
  /** Acknowledges all open incidents after their page; without an assignee they would escalate for ever. */
  takeTheRest(): Promise<void>;
}

export function openResponders({ client, chance }: { client: Client; chance: Chance }): Responders {
  const acknowledged = new Set<string>();
  const resolved = new Set<string>();
  const underWay = new Set<Promise<void>>();
  let working = true;
  let answered = 0;

  async function respond({ notificationId, acknowledge }: Arrival): Promise<void> {
    const plan = { escalates: chance.happens(ESCALATES_FIRST), resolves: chance.happens(RESOLVES) };
    const fromMessage = chance.happens(FROM_MESSAGE);
    const [looksMs, mendsMs] = [chance.between(0, LOOKS_WITHIN_MS), chance.between(0, MENDS_WITHIN_MS)];
    await pause(looksMs);
    const page = await client.insist<{ incident_id: string }>('GET', `/api/v1/notifications/${notificationId}`);
    if (page?.status !== 200) return;
    // A hand-off notice has no incident.
    if (!UUID.test(page.body.incident_id)) return;
    const path = `/api/v1/incidents/${page.body.incident_id}`;
    // Each call is a separate step, so it is sent once, whatever the answer is.
    if (plan.escalates) await client.ask('POST', `${path}/escalate`, { reason: 'I cannot come' });
    const result = fromMessage && acknowledge !== undefined ? await acknowledge() : 'unknown';
    if (result !== 'unknown') answered += 1;
    if (result === 'done') acknowledged.add(page.body.incident_id);
    if (result === 'unknown') await enter(path, 'acknowledged', acknowledged);
    if (!plan.resolves) return;
    await pause(mendsMs);
    await enter(path, 'resolved', resolved);
  }

  async function enter(path: string, status: string, done: Set<string>): Promise<void> {
    const answer = await client.insist<{ id: string }>('PATCH', path, { status });
    if (answer?.status === 200) done.add(answer.body.id);
  }

  async function takeIfPaged({ id }: { id: string }, patient: boolean): Promise<void> {
    const query = `incident_id=${id}&channel=${PERSONAL}&status=sent,delivered&per_page=1`;
    const pages = await client.insist<{ total: number }>('GET', `/api/v1/notifications?${query}`);
    if (patient && pages?.body.total === 0) return;
    await enter(`/api/v1/incidents/${id}`, 'acknowledged', acknowledged);
  }

  return {
    acknowledged,
    resolved,
    answered: () => answered,
    onPage(page) {
      if (!working || !chance.happens(ACTS)) return;
      const work = respond(page);
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
    },
    async stop() {
      working = false;
      await Promise.all(underWay);
    },
    async takeTheRest() {
      for (const until = Date.now() + PAGED_WITHIN_MS; ; await pause(1_000)) {
        const path = `/api/v1/incidents?status=open&per_page=${ONE_PAGE}`;
        const open = await client.insist<{ total: number; incidents: { id: string }[] }>('GET', path);
        const waiting = open?.body.incidents ?? [];
        if (open !== null && waiting.length === 0) return;
        const patient = Date.now() < until;
        while (waiting.length > 0) {
          await Promise.all(waiting.splice(0, AT_ONCE).map((incident) => takeIfPaged(incident, patient)));
        }
        if (!patient && open !== null && open.body.total <= ONE_PAGE) return;
      }
    },
  };
}
