import { ledgerOf } from '../ledger';
import type { Answers, LedgerInput, Line, Tables } from './input';

/** A run for tests of the ledger, which each test spoils in its own way. */

/** One alert, reported twice, opened one incident. The incident paged a person and was acknowledged; nothing was lost. */
export function oneIncident(): LedgerInput & {
  tables: Tables;
  answers: Answers;
  beats: Map<string, 'success' | 'fail'>;
} {
  const stepOf = (kind: string) => ({ of_step: kind === 'paged', by_source: false });
  const entry = (id: string, event_type: string) => ({
    id,
    incident_id: 'i',
    event_type,
    alert_id: null,
    print: id,
    ...{ actor: 'ada', via: 'email', at: new Date('2026-01-05T09:00:00Z') },
    ...stepOf(event_type),
  });
  const timeline = ['created', 'alert_correlated', 'paged', 'acknowledged'].map((kind, n) => entry(`e${n}`, kind));
  const unmuted = { service: 's', waits: false, overdue: false, counted: false, heartbeat: null, decision: null };
  const report = { condition: 'c', insists: true, tries: 1, accepted: true, alertId: 'a', incidentId: 'i' };
  const page = { id: 'n', incident_id: 'i', channel: 'email', recipient: 'ada', status: 'sent', audience: 'person' };
  const planned = { page_id: 'p', rule_no: 0, person_name: 'Ada', person_email: 'ada', reason: null, is_notice: false };
  const pageRow = { id: 'p', incident_id: 'i', told_key: 'i:1', person_name: 'Ada', person_email: 'ada' };
  return {
    reports: [report, { ...report }],
    acknowledged: new Set(['i']),
    resolved: new Set(),
    arrived: new Map([['n', ['email:ada']]]),
    tries: new Map([['n', [1]]]),
    receipts: [],
    beats: new Map([['job', 'success']]),
    prints: new Map([['e0', 'e0']]),
    tables: {
      alerts: [{ id: 'a', condition: 'c', fingerprint: 'f', status: 'firing', count: 2, incident_id: 'i', ...unmuted }],
      heartbeats: [{ slug: 'job', down: false }],
      incidents: [
        {
          ...{ id: 'i', severity: 'high', status: 'acknowledged', was_acknowledged: true },
          ...{ alert_count: 1, firing_count: 1, flapping: false },
        },
      ],
      links: [{ alert_id: 'a', incident_id: 'i', firing: true }],
      steps: [{ incident_id: 'i', turn: 1, told: true }],
      timeline,
      notifications: [{ ...page, ...planned, told_key: 'i:1' }],
      pages: [
        { ...pageRow, urgency: 'high', state: 'done', reason: null, created_at: new Date('2026-01-05T08:59:00Z') },
      ],
      receipts: [],
      attempts: [{ notification_id: 'n', attempt: 1, outcome: 'sent', reason: null }],
      jobs: [],
      setAside: [],
    },
    answers: {
      alerts: { total: 1, rows: [{ id: 'a', incident_id: 'i' }] },
      incidents: { total: 1, rows: [{ id: 'i', status: 'acknowledged' }] },
      notifications: { total: 1, rows: [{ id: 'n', status: 'sent' }] },
      timelines: new Map([['i', timeline.map(({ id }) => id)]]),
      incidentStats: { open: 0, acknowledged: 1, in_progress: 0, resolved: 0 },
      notificationStats: {
        ...{ total: 1, sent: 1, failed: 0, queued: 0, cancelled: 0 },
        ...{ delivered: 0, undelivered: 0, recorded: 0 },
      },
      metrics: {
        'incidents_total{status="open"}': 0,
        'incidents_total{status="acknowledged"}': 1,
        'incidents_total{status="in_progress"}': 0,
        'incidents_total{status="resolved"}': 0,
        notifications_in_log: 1,
        alerts_without_incident: 0,
      },
    },
  };
}

export type Spoil = (facts: ReturnType<typeof oneIncident>) => unknown;

export const faultsOf = (spoil: Spoil): string[] => {
  const facts = oneIncident();
  spoil(facts);
  return ledgerOf(facts).flatMap(({ faults }) => faults);
};
export const lineOf = (spoil: Spoil, what: string): Line | undefined => {
  const facts = oneIncident();
  spoil(facts);
  return ledgerOf(facts).find((line) => line.what.startsWith(what));
};
