import { faultsOf, lineOf, type Spoil } from './ledger/example';

const waiting = { service: 'counted-1', incident_id: null, waits: true, counted: true };
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
  [
    'a page that has not ended',
    ({ tables }) => (tables.pages[0]!.state = 'active'),
    /page p of Ada is active \(null\): email sent/,
  ],
  [
    'a page that ended without a reason and reached no one',
    ({ tables }) => {
      tables.timeline[3]!.actor = 'ben';
      tables.notifications[0]!.status = 'failed';
    },
    /page p of Ada is done \(null\): email failed/,
  ],
  [
    'a report of a provider that was forgotten',
    (facts) => (facts.receipts = [{ notificationId: 'n', attempt: 1, state: 'delivered' }]),
    /n was reported as delivered and is sent/,
  ],
  [
    'a report that a message was sent, of one that failed',
    (facts) => {
      facts.receipts = [{ notificationId: 'n', attempt: 1, state: 'sent' }];
      facts.tables.notifications[0]!.status = 'failed';
    },
    /n was reported as sent and is failed/,
  ],
  ['an attempt that was made twice', (facts) => (facts.tries = new Map([['n', [1, 1]]])), /by the attempts 1, 1/],
  [
    'a delivered message that never arrived',
    ({ tables }) =>
      tables.notifications.push({ ...tables.notifications[0]!, id: 'm', status: 'delivered', channel: 'sms' }),
    /m never arrived by sms/,
  ],
  [
    'an alert that still waits although its group has enough reports',
    ({ tables }) => Object.assign(tables.alerts[0]!, { ...waiting, count: 3 }),
    /alert a still waits after 3 reports of counted-1/,
  ],
  [
    'an alert that did not wait for the reports of its group',
    ({ tables }) => (tables.alerts[0]!.service = 'counted-1'),
    /alert a has an incident after 2 reports of counted-1/,
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
    /i is not acknowledged but acknowledged/,
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

test('an alert that waits for more reports of its group needs no incident', () => {
  const spoil: Spoil = ({ tables }) => Object.assign(tables.alerts[0]!, waiting);
  expect(lineOf(spoil, 'alerts, each in exactly one incident')?.faults).toEqual([]);
  expect(lineOf(spoil, 'alerts that wait for more')).toMatchObject({ count: 1, faults: [] });
});

test('a notice that names no notification does not count as lost', () => {
  const notice = { id: 'm', channel: 'ntfy', is_notice: true, page_id: null, told_key: 'i:outcome' };
  const spoil: Spoil = ({ tables }) => tables.notifications.push({ ...tables.notifications[0]!, ...notice });
  expect(lineOf(spoil, 'pages called sent')).toMatchObject({ count: 1, faults: [] });
});
