import { randomUUID } from 'node:crypto';
import { pause } from '../children';
import type { Chance } from './chance';
import type { Client } from './client';
import type { Report } from './ledger/input';
import { countedService, delayedService, quietService } from './mutes';

type Kind = 'api' | 'webhook';

interface Condition {
  name: string;
  kind: Kind;
  service: string;
  severity: string;
  message: string;
}
/** An alert in the form of Alertmanager. */
interface Alarm extends Condition {
  startsAt: string;
}

/** The result of one alert in an answer. */
interface Accepted {
  alert_id?: string;
  incident_id?: string | null;
}

interface Options {
  client: Client;
  chance: Chance;
  integrationKey: string;
}

export interface Senders {
  reports: Report[];
  /** Starts nothing new; resolves when running requests have ended. */
  stop(): Promise<void>;
}

/**
 * Senders of alerts. A **condition** has a unique name in its labels. A **report** of it is `accepted` if it got such an
 * answer. It was sent `tries` times, because a sender without an answer repeats it.
 */

const EVERY_MS = 90;
const MOST_AT_ONCE = 60;
const SERVICES = 14;
const SEVERITIES = ['critical', 'high', 'medium', 'low'];
const REMEMBERED = 400;
const FLAPS_AFTER_MS = [200, 1_500] as const;

export function openSenders({ client, chance, integrationKey }: Options): Senders {
  const reports: Report[] = [];
  const alarms: Alarm[][] = [];
  let conditions = 0;
  let sending = true;
  const underWay = new Set<Promise<unknown>>();

  /** Most conditions share a service with others; some open their own incident, are muted at times, or are delayed. */
  function serviceOf(condition: number): string {
    if (chance.happens(0.2)) return `apart-${condition}`;
    if (chance.happens(0.15)) return quietService(chance);
    if (chance.happens(0.05)) return countedService(chance);
    return chance.happens(0.05) ? delayedService(chance) : `service-${chance.whole(1, SERVICES)}`;
  }
  function newCondition(kind: Kind): Condition {
    conditions += 1;
    const name = `condition-${conditions}`;
    return {
      name,
      kind,
      service: serviceOf(conditions),
      severity: chance.one(SEVERITIES),
      message: `${name}: error rate above 10 %`,
    };
  }
  const known: Record<Kind, Condition[]> = { api: [], webhook: [] };
  function aCondition(kind: Kind): Condition {
    const before = known[kind];
    if (before.length > 0 && chance.happens(0.3)) return chance.one(before);
    const condition = newCondition(kind);
    before.push(condition);
    if (before.length > REMEMBERED) before.shift();
    return condition;
  }

  const bodyOf = ({ name, service, severity, message }: Condition) => ({
    service,
    severity,
    message,
    labels: { condition: name },
  });
  const keyed = () => ({ 'Idempotency-Key': randomUUID() });

  function newReport(condition: Condition, insists: boolean): Report {
    const report: Report = {
      condition: condition.name,
      insists,
      tries: 0,
      accepted: false,
      alertId: null,
      incidentId: null,
    };
    reports.push(report);
    return report;
  }
  function accept(report: Report, { alert_id, incident_id }: Accepted = {}): void {
    Object.assign(report, { accepted: true, alertId: alert_id ?? null, incidentId: incident_id ?? null });
  }

  function send<T>(path: string, body: unknown, sent: readonly Report[], insists: boolean) {
    const onTry = () => {
      for (const report of sent) report.tries += 1;
    };
    if (insists) return client.insist<T>('POST', path, body, { headers: keyed(), onTry });
    onTry();
    return client.ask<T>('POST', path, body);
  }

  async function single(condition = aCondition('api'), insists = chance.happens(0.6)): Promise<void> {
    const report = newReport(condition, insists);
    const answer = await send<Accepted>('/api/v1/alerts', bodyOf(condition), [report], insists);
    if (answer?.status === 201) accept(report, answer.body);
  }

  async function atOnce(): Promise<void> {
    const condition = aCondition('api');
    await Promise.all(Array.from({ length: chance.whole(2, 4) }, () => single(condition, chance.happens(0.6))));
  }

  async function batch(): Promise<void> {
    const insists = chance.happens(0.6);
    const some = Array.from({ length: chance.whole(3, 30) }, () => aCondition('api'));
    const sent = some.map((condition) => newReport(condition, insists));
    const body = { alerts: some.map(bodyOf) };
    const answer = await send<{ results: (Accepted & { index: number })[] }>(
      '/api/v1/alerts/batch',
      body,
      sent,
      insists,
    );
    if (answer?.status !== 200) return;
    for (const result of answer.body.results) accept(sent[result.index] as Report, result);
  }

  /** Repeats the report until it is accepted, without a key, like Alertmanager. */
  async function webhook(status: 'firing' | 'resolved', some: readonly Alarm[]): Promise<boolean> {
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

  async function fires(): Promise<void> {
    // Alertmanager repeats an alert while it fires.
    if (alarms.length > 0 && chance.happens(0.2)) {
      await webhook('firing', chance.one(alarms));
      return;
    }
    const startsAt = new Date().toISOString();
    const some = Array.from({ length: chance.whole(1, 5) }, () => ({ ...newCondition('webhook'), startsAt }));
    const taken = await webhook('firing', some);
    if (taken) alarms.push(some);
  }

  async function ends(): Promise<void> {
    const some = alarms.splice(chance.whole(0, Math.max(0, alarms.length - 1)), 1)[0];
    if (some !== undefined) await webhook('resolved', some);
  }

  /** An alert that begins and ends several times within seconds, in its own incident. */
  async function flaps(): Promise<void> {
    const condition = newCondition('webhook');
    const flapping = { ...condition, service: `flapping-${condition.name}` };
    for (let left = chance.whole(2, 4); left > 0; left--) {
      const alarm = [{ ...flapping, startsAt: new Date().toISOString() }];
      if (!(await webhook('firing', alarm))) return;
      await pause(chance.between(...FLAPS_AFTER_MS));
      if (!(await webhook('resolved', alarm))) return;
      await pause(chance.between(...FLAPS_AFTER_MS));
    }
  }

  const ACTS: readonly (readonly [share: number, act: () => Promise<void>])[] = [
    [0.55, single],
    [0.01, flaps],
    [0.1, atOnce],
    [0.1, batch],
    [0.15, fires],
    [0.09, ends],
  ];
  function act(): Promise<void> {
    let left = chance.next();
    for (const [share, does] of ACTS) {
      left -= share;
      if (left < 0) return does();
    }
    return single();
  }

  async function live(): Promise<void> {
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
    async stop() {
      sending = false;
      await life;
    },
  };
}
