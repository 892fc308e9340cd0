import { pause } from './client.mjs';

/** People: who is paged may look, escalate, acknowledge and in the end resolve. What they asked for is remembered. */

const ACTS = 0.7;
const ESCALATES_FIRST = 0.2;
const RESOLVES = 0.5;
const LOOKS_WITHIN_MS = 3_000;
const MENDS_WITHIN_MS = 8_000;
const PAGED_WITHIN_MS = 90_000;
const ONE_PAGE = 200;
const AT_ONCE = 8;
const UUID = /^[0-9a-f-]{36}$/;

export function openResponders({ client, chance }) {
  const acknowledged = new Set();
  const resolved = new Set();
  const underWay = new Set();
  let working = true;

  async function respond(notificationId) {
    const plan = { escalates: chance.happens(ESCALATES_FIRST), resolves: chance.happens(RESOLVES) };
    const [looksMs, mendsMs] = [chance.between(0, LOOKS_WITHIN_MS), chance.between(0, MENDS_WITHIN_MS)];
    await pause(looksMs);
    const page = await client.insist('GET', `/api/v1/notifications/${notificationId}`);
    if (page?.status !== 200) return;
    // A notice of who comes on call is about no incident.
    if (!UUID.test(page.body.incident_id)) return;
    const path = `/api/v1/incidents/${page.body.incident_id}`;
    // Each call is a step of its own, so it is made once whatever the answer.
    if (plan.escalates) await client.ask('POST', `${path}/escalate`, { reason: 'I cannot come' });
    await enter(path, 'acknowledged', acknowledged);
    if (!plan.resolves) return;
    await pause(mendsMs);
    await enter(path, 'resolved', resolved);
  }

  async function enter(path, status, done) {
    const answer = await client.insist('PATCH', path, { status });
    if (answer?.status === 200) done.add(answer.body.id);
  }

  async function takeIfPaged({ id }, patient) {
    const query = `incident_id=${id}&channel=email&status=sent&per_page=1`;
    const pages = await client.insist('GET', `/api/v1/notifications?${query}`);
    if (patient && pages?.body.total === 0) return;
    await enter(`/api/v1/incidents/${id}`, 'acknowledged', acknowledged);
  }

  return {
    acknowledged,
    resolved,
    onPage({ notificationId }) {
      if (!working || !chance.happens(ACTS)) return;
      const work = respond(notificationId);
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
    },
    async stop() {
      working = false;
      await Promise.all(underWay);
    },
    /** Takes all that is open still, once it was paged: what nobody has would escalate for ever and never be at rest. */
    async takeTheRest() {
      for (const until = Date.now() + PAGED_WITHIN_MS; ; await pause(1_000)) {
        const open = await client.insist('GET', `/api/v1/incidents?status=open&per_page=${ONE_PAGE}`);
        const waiting = open?.body.incidents ?? [];
        if (open !== null && waiting.length === 0) return;
        const patient = Date.now() < until;
        while (waiting.length > 0) {
          await Promise.all(waiting.splice(0, AT_ONCE).map((incident) => takeIfPaged(incident, patient)));
        }
        if (!patient && open?.body.total <= ONE_PAGE) return;
      }
    },
  };
}
