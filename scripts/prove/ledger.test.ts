import { ledgerOf } from './ledger';
import type { Answers, LedgerInput, Tables } from './ledger/input';

/** One alert, reported twice, opened one incident. The incident paged a person and was acknowledged; nothing was lost. */
function oneIncident(): LedgerInput & { tables: Tables; answers: Answers; beats: Map<string, 'success' | 'fail'> } {
  const stepOf = (kind: string) => ({ of_step: kind === 'paged', by_source: false });
  const entry = (id: string, event_type: string) => ({
    id,
    incident_id: 'i',
    event_type,
    alert_id: null,
    print: id,
    ...stepOf(event_type),
  });
  const timeline = ['created', 'alert_correlated', 'paged', 'acknowledged'].map((kind, n) => entry(`e${n}`, kind));
  const unmuted = { waits: false, overdue: false, heartbeat: null, decision: null };
  const report = { condition: 'c', insists: true, tries: 1, accepted: true, alertId: 'a', incidentId: 'i' };
  const page = { id: 'n', incident_id: 'i', channel: 'email', recipient: 'ada', status: 'sent', audience: 'person' };
  return {
    reports: [report, { ...report }],
    acknowledged: new Set(['i']),
    resolved: new Set(),
    arrived: new Map([['n', ['email:ada']]]),
    beats: new Map([['job', 'success']]),
    prints: new Map([['e0', 'e0']]),
    tables: {
      alerts: [{ id: 'a', condition: 'c', fingerprint: 'f', status: 'firing', count: 2, incident_id: 'i', ...unmuted }],
      heartbeats: [{ slug: 'job', down: false }],
      incidents: [
        { id: 'i', status: 'acknowledged', alert_count: 1, firing_count: 1, flapping: false, was_acknowledged: true },
      ],
      links: [{ alert_id: 'a', incident_id: 'i', firing: true }],
      steps: [{ incident_id: 'i', turn: 1, told: true }],
      timeline,
      notifications: [{ ...page, told_key: 'i:1' }],
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
      notificationStats: { total: 1, sent: 1, failed: 0, queued: 0, cancelled: 0 },
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

type Spoil = (facts: ReturnType<typeof oneIncident>) => unknown;

const faultsOf = (spoil: Spoil): string[] => {
  const facts = oneIncident();
  spoil(facts);
  return ledgerOf(facts).flatMap(({ faults }) => faults);
};
const lineOf = (spoil: Spoil, what: string) => {
  const facts = oneIncident();
  spoil(facts);
  return ledgerOf(facts).find((line) => line.what.startsWith(what));
};

const releaseOf = (ended_at: string) => ({ stage: 'mute', until: '2026-01-05T09:00:00Z', ended_at });

test('a run that lost nothing has no fault', () => {
  expect(faultsOf(() => {})).toEqual([]);
});

test.each<[string, Spoil, RegExp]>([
  ['an accepted report that is not stored', ({ tables }) => tables.alerts.pop(), /is not stored/],
  ['an answer that named another incident', ({ reports }) => (reports[0]!.incidentId = 'x'), /answered x, stored i/],
  ['an alert in no incident', ({ tables }) => (tables.alerts[0]!.incident_id = null), /says null/],
  [
    'an alert that waits beyond the end of its mute',
    ({ tables }) => Object.assign(tables.alerts[0]!, { waits: true, overdue: true }),
    /waits beyond the end of its mute/,
  ],
  [
    'an alert that was released late',
    ({ tables }) => (tables.alerts[0]!.decision = [releaseOf('2026-01-05T09:02:01Z')]),
    /was released late/,
  ],
  ['a heartbeat that missed its ping', ({ beats }) => beats.set('job', 'fail'), /is up after a ping fail/],
  [
    'a heartbeat that is down without an alert',
    ({ beats, tables }) => {
      beats.set('job', 'fail');
      tables.heartbeats[0]!.down = true;
    },
    /is down and 0 alerts fire/,
  ],
  [
    'a heartbeat that is up while its alert fires',
    ({ tables }) => (tables.alerts[0]!.heartbeat = 'job'),
    /is up and its alert fires/,
  ],
  ['an alert whose link is elsewhere', ({ tables }) => (tables.links[0]!.incident_id = 'x'), /its link says x/],
  ['a report that was not counted', ({ tables }) => (tables.alerts[0]!.count = 1), /counted 1 times/],
  ['a report that was counted twice', ({ tables }) => (tables.alerts[0]!.count = 3), /counted 3 times/],
  [
    'a condition with two firing alerts',
    ({ tables }) => tables.alerts.push({ ...tables.alerts[0]!, id: 'b' }),
    /f fires 2 times/,
  ],
  ['an incident that miscounts its alerts', ({ tables }) => (tables.incidents[0]!.alert_count = 2), /counts 2, has 1/],
  [
    'an incident that miscounts its firing alerts',
    ({ tables }) => (tables.incidents[0]!.firing_count = 0),
    /says that 0 fire, and 1 do/,
  ],
  [
    'an incident that should be resolved',
    ({ tables }) => (tables.alerts[0]!.status = 'resolved'),
    /incident i is acknowledged/,
  ],
  [
    'a resolved incident in which an identity flaps',
    ({ tables }) => Object.assign(tables.incidents[0]!, { status: 'resolved', flapping: true }),
    /incident i is resolved and flaps/,
  ],
  [
    'a step without notifications',
    ({ tables }) => {
      tables.incidents[0]!.status = 'open';
      tables.steps[0]!.told = false;
    },
    /step 1 of incident i told nobody/,
  ],
  ['an incident that paged no person', ({ arrived }) => (arrived as Map<string, string[]>).clear(), /paged nobody/],
  ['a page that is still queued', ({ tables }) => (tables.notifications[0]!.status = 'queued'), /still queued/],
  [
    'a page with the status sent that never arrived',
    ({ tables }) => tables.notifications.push({ ...tables.notifications[0]!, id: 'm', told_key: 'i:2' }),
    /m never arrived/,
  ],
  ['a page to another person', ({ tables }) => (tables.notifications[0]!.recipient = 'ben'), /is no such page/],
  [
    'a page that arrived twice without a reason',
    ({ arrived }) => (arrived as Map<string, string[]>).set('n', ['email:ada', 'email:ada']),
    /arrived 2 times, 0 unknown/,
  ],
  [
    'a step that notified one address twice',
    ({ tables, arrived }) => {
      tables.notifications.push({ ...tables.notifications[0]!, id: 'm' });
      (arrived as Map<string, string[]>).set('m', ['email:ada']);
    },
    /told 2 times/,
  ],
  ['a timeline without its beginning', ({ tables }) => tables.timeline.shift(), /begins with created/],
  ['a timeline that lacks a page', ({ tables }) => tables.timeline.splice(2, 1), /each step that notified/],
  [
    'an acknowledgement twice',
    ({ tables }) => tables.timeline.push({ ...tables.timeline[3]!, id: 'e4' }),
    /at most once/,
  ],
  [
    'a lost acknowledgement that got 200',
    ({ tables }) => (tables.incidents[0]!.was_acknowledged = false),
    /i is not acknowledged/,
  ],
  ['a lost resolution', ({ resolved }) => (resolved as Set<string>).add('i'), /i is not resolved/],
  [
    'an entry that was changed',
    ({ prints }) => (prints as Map<string, string>).set('e0', 'x'),
    /was changed or is gone/,
  ],
  [
    'a job that is due',
    ({ tables }) =>
      tables.jobs.push({ module: 'm', kind: 'k', due: true, given_up: false, failures: 0, last_error: null }),
    /m: k is due/,
  ],
  [
    'a job that was given up',
    ({ tables }) =>
      tables.jobs.push({ module: 'm', kind: 'k', due: false, given_up: true, failures: 12, last_error: 'x' }),
    /m: k: x/,
  ],
  ['an event that was set aside', ({ tables }) => tables.setAside.push({ module: 'm', error: 'x' }), /m: x/],
  ['an alert the API does not list', ({ answers }) => answers.alerts.rows.pop(), /alerts: 1 listed, 1 stored/],
  [
    'a timeline that the API returns in another order',
    ({ answers }) => answers.timelines.get('i')!.reverse(),
    /is told otherwise/,
  ],
  [
    'a wrong gauge',
    ({ answers }) => (answers.metrics['incidents_total{status="open"}'] = 1),
    /incidents_total open says 1, there are 0/,
  ],
])('%s is a fault', (_, spoil, fault) => {
  expect(faultsOf(spoil).join('\n')).toMatch(fault);
});

test('a page that arrived twice after an attempt with an unknown result is listed and is no fault', () => {
  const spoil: Spoil = ({ arrived, tables }) => {
    (arrived as Map<string, string[]>).set('n', ['email:ada', 'email:ada']);
    tables.attempts.unshift({ notification_id: 'n', attempt: 0, outcome: 'unknown', reason: 'interrupted' });
  };
  expect(faultsOf(spoil)).toEqual([]);
  expect(lineOf(spoil, 'pages that arrived twice after such an attempt')?.count).toBe(1);
});

test('an incident that its source resolved before the page is listed and is no fault', () => {
  const spoil: Spoil = ({ arrived, acknowledged, answers, tables }) => {
    (arrived as Map<string, string[]>).clear();
    (acknowledged as Set<string>).clear();
    Object.assign(tables.incidents[0]!, { status: 'resolved', firing_count: 0 });
    tables.alerts[0]!.status = 'resolved';
    tables.links[0]!.firing = false;
    tables.notifications[0]!.status = 'cancelled';
    tables.timeline[3]!.event_type = 'alert_resolved';
    tables.timeline.push({ ...tables.timeline[0]!, id: 'e4', event_type: 'resolved' });
    answers.timelines.get('i')!.push('e4');
    Object.assign(answers.incidentStats, { acknowledged: 0, resolved: 1 });
    Object.assign(answers.notificationStats, { sent: 0, cancelled: 1 });
    answers.metrics['incidents_total{status="acknowledged"}'] = 0;
    answers.metrics['incidents_total{status="resolved"}'] = 1;
  };
  expect(faultsOf(spoil)).toEqual([]);
  expect(lineOf(spoil, 'incidents whose source resolved them')?.count).toBe(1);
});

test('an incident in which an identity flaps stays open without a firing alert, and is no fault', () => {
  const spoil: Spoil = ({ tables }) => {
    Object.assign(tables.incidents[0]!, { firing_count: 0, flapping: true });
    tables.alerts[0]!.status = 'resolved';
    tables.links[0]!.firing = false;
  };
  expect(lineOf(spoil, 'incidents whose alerts have all ended')?.faults).toEqual([]);
});

test('a repeat that was counted again after a lost answer is listed and is no fault', () => {
  const spoil: Spoil = ({ tables, answers, arrived, acknowledged }) => {
    tables.alerts[0]!.status = 'resolved';
    tables.incidents[0]!.status = 'resolved';
    tables.links[0]!.firing = false;
    tables.alerts.push({ ...tables.alerts[0]!, id: 'b', status: 'firing', count: 1, incident_id: 'j' });
    (acknowledged as Set<string>).clear();
    void [answers, arrived];
  };
  expect(lineOf(spoil, 'conditions reopened')?.count).toBe(1);
  expect(lineOf(spoil, 'conditions, each report')?.faults).toEqual([]);
});

test('an alert that ended while it was muted needs no incident, and one that was released in time is no fault', () => {
  const ended: Spoil = ({ tables }) => {
    const over = { id: 'm', status: 'resolved', incident_id: null, waits: true, overdue: true };
    tables.alerts.push({ ...tables.alerts[0]!, fingerprint: 'g', condition: null, ...over });
  };
  const faults = (spoil: Spoil) => lineOf(spoil, 'alerts, each in exactly one incident')?.faults;
  expect(faults(ended)).toEqual([]);
  expect(lineOf(ended, 'alerts that ended while')?.count).toBe(1);
  const soon: Spoil = ({ tables }) => (tables.alerts[0]!.decision = [releaseOf('2026-01-05T09:00:09Z')]);
  expect(faultsOf(soon)).toEqual([]);
});
