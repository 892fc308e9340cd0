import { randomUUID } from 'node:crypto';
import { pause } from './client.mjs';

/**
 * Machines that report. A **condition** has a name of its own in its labels. A **report** of it is `accepted` once it was
 * answered so; it was sent `tries` times, because who gets no answer may ask again.
 */

const EVERY_MS = 90;
const MOST_AT_ONCE = 60;
const SERVICES = 14;
const SEVERITIES = ['critical', 'high', 'medium', 'low'];
const REMEMBERED = 400;

export function openSenders({ client, chance, integrationKey }) {
  const reports = [];
  const alarms = [];
  let conditions = 0;
  let sending = true;
  const underWay = new Set();

  function newCondition(kind) {
    conditions += 1;
    const name = `condition-${conditions}`;
    // Most share a service with others; some open an incident of their own.
    const service = chance.happens(0.2) ? `apart-${conditions}` : `service-${chance.whole(1, SERVICES)}`;
    return { name, kind, service, severity: chance.one(SEVERITIES), message: `${name}: error rate above 10 %` };
  }
  const known = { api: [], webhook: [] };
  function aCondition(kind) {
    const before = known[kind];
    if (before.length > 0 && chance.happens(0.3)) return chance.one(before);
    const condition = newCondition(kind);
    before.push(condition);
    if (before.length > REMEMBERED) before.shift();
    return condition;
  }

  const bodyOf = ({ name, service, severity, message }) => ({
    service,
    severity,
    message,
    labels: { condition: name },
  });
  const keyed = () => ({ 'Idempotency-Key': randomUUID() });

  function newReport(condition, insists) {
    const report = { condition: condition.name, insists, tries: 0, accepted: false, alertId: null, incidentId: null };
    reports.push(report);
    return report;
  }
  function accept(report, { alert_id = null, incident_id = null } = {}) {
    Object.assign(report, { accepted: true, alertId: alert_id, incidentId: incident_id });
  }

  async function send(path, body, sent, insists) {
    const onTry = () => {
      for (const report of sent) report.tries += 1;
    };
    if (insists) return client.insist('POST', path, body, { headers: keyed(), onTry });
    onTry();
    return client.ask('POST', path, body);
  }

  async function single(condition = aCondition('api'), insists = chance.happens(0.6)) {
    const report = newReport(condition, insists);
    const answer = await send('/api/v1/alerts', bodyOf(condition), [report], insists);
    if (answer?.status === 201) accept(report, answer.body);
  }

  async function atOnce() {
    const condition = aCondition('api');
    await Promise.all(Array.from({ length: chance.whole(2, 4) }, () => single(condition, chance.happens(0.6))));
  }

  async function batch() {
    const insists = chance.happens(0.6);
    const some = Array.from({ length: chance.whole(3, 30) }, () => aCondition('api'));
    const sent = some.map((condition) => newReport(condition, insists));
    const answer = await send('/api/v1/alerts/batch', { alerts: some.map(bodyOf) }, sent, insists);
    if (answer?.status === 200) for (const result of answer.body.results) accept(sent[result.index], result);
  }

  /** As Alertmanager does: the same again until it is taken, with no key. */
  async function webhook(status, some) {
    const alerts = some.map(({ name, service, severity, message, startsAt }) => ({
      status,
      labels: { alertname: name, condition: name, service, severity },
      annotations: { summary: message },
      startsAt,
      endsAt: status === 'resolved' ? new Date().toISOString() : '0001-01-01T00:00:00Z',
      fingerprint: name,
    }));
    const sent = status === 'firing' ? some.map((condition) => newReport(condition, false)) : [];
    const onTry = () => {
      for (const report of sent) report.tries += 1;
    };
    const path = `/api/v1/integrations/${integrationKey}/alertmanager`;
    const answer = await client.insist('POST', path, { version: '4', status, alerts }, { onTry });
    if (answer?.status === 200) for (const report of sent) accept(report);
    return answer?.status === 200;
  }

  async function fires() {
    // Alertmanager repeats itself for as long as an alert stands.
    if (alarms.length > 0 && chance.happens(0.2)) return webhook('firing', chance.one(alarms));
    const some = Array.from({ length: chance.whole(1, 5) }, () => newCondition('webhook'));
    for (const condition of some) condition.startsAt = new Date().toISOString();
    const taken = await webhook('firing', some);
    if (taken) alarms.push(some);
  }

  async function ends() {
    const some = alarms.splice(chance.whole(0, Math.max(0, alarms.length - 1)), 1)[0];
    if (some !== undefined) await webhook('resolved', some);
  }

  const ACTS = [
    [0.56, single],
    [0.1, atOnce],
    [0.1, batch],
    [0.15, fires],
    [0.09, ends],
  ];
  function act() {
    let left = chance.next();
    for (const [share, does] of ACTS) {
      left -= share;
      if (left < 0) return does();
    }
    return single();
  }

  async function live() {
    while (sending) {
      if (underWay.size < MOST_AT_ONCE) {
        const work = act();
        underWay.add(work);
        void work.finally(() => underWay.delete(work));
      }
      await pause(EVERY_MS * chance.between(0.5, 1.5));
    }
    await Promise.all(underWay);
  }
  const life = live();

  return {
    reports,
    /** Begins nothing new and waits for what is under way. */
    async stop() {
      sending = false;
      await life;
    },
  };
}
