import fc from 'fast-check';
import { jsonFaults } from '../../kernel/ports/jsonSafety';
import { AlertReport } from '../contract';
import { readAlertmanager } from './alertmanager';
import v025 from './fixtures/alertmanager-0.25.0.json';
import v028 from './fixtures/alertmanager-0.28.1.json';
import v033 from './fixtures/alertmanager-0.33.1.json';

const read = (alert: object) => {
  const [event] = readAlertmanager({ version: '4', alerts: [alert] }).events;
  if (!event) throw new Error('There is one alert.');
  return event;
};
const labelled = (labels: object, annotations: object = {}) => read({ status: 'firing', labels, annotations }).report;

test.each([
  ['0.25.0', v025],
  ['0.28.1', v028],
  ['0.33.1', v033],
])('recorded requests of Alertmanager %s are read', (_version, { requests }) => {
  const [firing, resolved] = requests.map(({ json }) => readAlertmanager(json).events);
  expect(firing).toMatchObject([
    {
      key: 'e3c01cd597dac16c',
      status: 'firing',
      endedAt: null,
      report: {
        service: 'checkout',
        severity: 'critical',
        message: 'Error ratio 25% on api-1',
        source: 'alertmanager',
        timestamp: requests[0]?.json.alerts[0]?.startsAt,
        labels: requests[0]?.json.alerts[0]?.labels,
      },
    },
    { key: '46712c2a7ee17f5b', status: 'firing', report: { message: 'Error ratio 25% on api-2' } },
  ]);
  expect(resolved?.map(({ key, status, endedAt }) => [key, status, endedAt?.toISOString()])).toEqual(
    requests[1]?.json.alerts.map(({ fingerprint, endsAt }) => [fingerprint, 'resolved', endsAt]),
  );
});

test.each([
  ['service', { service: 'a', app: 'b', job: 'c', namespace: 'd', alertname: 'e' }, 'a'],
  ['app', { app: 'b', job: 'c', namespace: 'd', alertname: 'e' }, 'b'],
  ['job', { job: 'c', namespace: 'd', alertname: 'e' }, 'c'],
  ['namespace', { namespace: 'd', alertname: 'e' }, 'd'],
  ['alertname', { alertname: 'e' }, 'e'],
  ['the first that is not blank', { service: '  ', app: 'b' }, 'b'],
])('the service is %s', (_name, labels, service) => expect(labelled(labels).service).toBe(service));

test.each([
  ['deployment', { job: 'kube-state-metrics', deployment: 'd', statefulset: 's', namespace: 'n' }, 'd'],
  ['statefulset', { job: 'monitoring/kube-state-metrics', statefulset: 's', namespace: 'n' }, 's'],
  ['namespace', { job: 'node-exporter', namespace: 'n' }, 'n'],
  ['namespace', { job: 'prometheus_mysqld_exporter', namespace: 'n' }, 'n'],
  ['service', { job: 'node', service: 'a', namespace: 'n' }, 'a'],
  ['app', { job: 'kubelet', app: 'b', namespace: 'n' }, 'b'],
  ['the exporter if nothing else is named', { job: 'node-exporter', alertname: 'HostDown' }, 'node-exporter'],
])('if the job is that of an exporter, the service is %s', (_name, labels, service) => {
  expect(labelled(labels).service).toBe(service);
});

test('the job of an exporter and the name of an alert stand in for a service that is not named', () => {
  const missing = (labels: object) => read({ labels }).serviceMissing;
  expect([{ job: 'node' }, { alertname: 'a' }, {}].map(missing)).toEqual([true, true, true]);
  expect([{ job: 'api' }, { namespace: 'n' }].map(missing)).toEqual([false, false]);
});

test.each([
  ['critical', 'critical crit page fatal emergency emerg alert disaster urgent p0 p1 sev0 sev1'],
  ['high', 'error err high major p2 sev2'],
  ['medium', 'warning warn medium minor p3 sev3'],
  ['low', 'low info notice debug ok none p4 p5 sev4 sev5'],
])('severity %s has the spellings %s, in any case', (ours, words) => {
  for (const word of words.split(' ')) {
    for (const spelling of [word, ` ${word.toUpperCase()}\t`]) {
      const { severity, severity_note } = labelled({ severity: spelling });
      expect([spelling, severity, severity_note]).toEqual([spelling, ours, undefined]);
    }
  }
});

test.each([
  ['constructor', "The source says severity 'constructor', which is unknown; it counts as medium."],
  [' Bad ', "The source says severity 'Bad', which is unknown; it counts as medium."],
  [7, "The source says severity '7', which is unknown; it counts as medium."],
  [' ', 'The source gives no severity; it counts as medium.'],
  [undefined, 'The source gives no severity; it counts as medium.'],
])('severity %p is read as medium, with a note', (word, severity_note) => {
  expect(labelled({ severity: word })).toMatchObject({ severity: 'medium', severity_note });
});

test('annotations and links of the source are kept', () => {
  expect(readAlertmanager(v028.requests[0]?.json).events[0]?.report).toMatchObject({
    annotations: { summary: 'Error ratio 25% on api-1', runbook_url: 'http://127.0.0.1/runbook/high-error' },
    generator_url: 'http://vm:29090/graph?g0.expr=lab_error_ratio+%3E+0.05&g0.tab=1',
    external_url: 'http://vm:29093/',
  });
});

test('a link of the source that is no http(s) URL is left out', () => {
  const [event] = readAlertmanager({
    externalURL: 'javascript:alert(1)',
    alerts: [
      { labels: {}, generatorURL: 'http://', dashboardURL: 'https://grafana.example/d/1', panelURL: 'file:///etc' },
    ],
  }).events;
  expect(event?.report).toMatchObject({ dashboard_urls: ['https://grafana.example/d/1'] });
  expect(event?.report).not.toHaveProperty('generator_url');
  expect(event?.report).not.toHaveProperty('external_url');
});

test('if annotations exceed 16 KiB, links and the description are kept', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`a${n}`, '🔥'.repeat(3_000)]));
  const { annotations } = labelled({}, { ...many, runbook_url: 'https://w.example', description: 'd'.repeat(9_000) });
  expect(annotations?.['runbook_url']).toBe('https://w.example');
  expect(annotations?.['description']).toBe('d'.repeat(4_096));
  expect(Buffer.byteLength(JSON.stringify(annotations))).toBeLessThanOrEqual(16 * 1024);
});

test.each([
  ['the summary', { summary: 's', description: 'd' }, 's'],
  ['else the description', { summary: ' ', description: 'd' }, 'd'],
  ['else the name', {}, 'n'],
])('the message is %s', (_name, annotations, message) => {
  expect(labelled({ alertname: 'n' }, annotations).message).toBe(message);
});

test('long values are cut between characters, not refused', () => {
  const { report } = read({
    labels: { service: 'S'.repeat(300), ['k'.repeat(200)]: 'v'.repeat(2_000), fire: '🔥'.repeat(1_000) },
    annotations: { summary: `x${'🔥'.repeat(2_000)}` },
  });
  expect(report.service).toBe('s'.repeat(255));
  expect(report.labels['k'.repeat(128)]).toBe('v'.repeat(1024));
  expect(report.labels['fire']).toBe('🔥'.repeat(512));
  expect(report.message).toBe(`x${'🔥'.repeat(999)}`);
});

test('of more than 64 labels, the first 64 by name are kept', () => {
  const labels = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`l${String(i).padStart(3, '0')}`, 'v']));
  expect(Object.keys(labelled(labels).labels)).toEqual(Object.keys(labels).slice(0, 64));
});

test('labels that are no text are converted to text', () => {
  const labels = { n: 1, yes: true, none: null, list: [1], much: Number.POSITIVE_INFINITY, nul: 'a\0b', '': 'x' };
  expect(labelled(labels).labels).toEqual({ n: 1, yes: true, list: '[1]', much: 'Infinity', nul: 'ab' });
});

test('without a fingerprint the labels identify the condition', () => {
  const key = read({ labels: { b: '1', a: '2' } }).key;
  expect(read({ labels: { a: '2', b: '1' }, status: 'resolved' }).key).toBe(key);
  expect(read({ labels: { a: '3' } }).key).not.toBe(key);
});

test('an empty alert is read as an alert', () => {
  expect(read({})).toMatchObject({
    status: 'firing',
    report: { service: 'alertmanager', severity: 'medium', message: 'An alert without a name', labels: {} },
  });
});

test.each(['0001-01-01T00:00:00Z', 'yesterday', '', 5, '2026-13-45T00:00:00Z', '99999-01-01'])(
  'the instant %p is ignored',
  (instant) => {
    const { report, endedAt } = read({ startsAt: instant, endsAt: instant });
    expect([report.timestamp, endedAt]).toEqual([undefined, null]);
  },
);

test.each([
  ['nothing', undefined, ''],
  ['a list', [], ''],
  ['no alerts', {}, 'alerts'],
  ['alerts that are no list', { alerts: { a: 1 } }, 'alerts'],
  ['an alert that is no object', { alerts: [{}, 'x'] }, 'alerts.1'],
  ['too many alerts', { alerts: Array(10_001).fill({}) }, 'alerts'],
])('%s is refused, and the answer names the field', (_name, payload, path) => {
  expect(() => readAlertmanager(payload)).toThrow(
    expect.objectContaining({ kind: 'invalid', extra: { errors: [expect.objectContaining({ path })] } }),
  );
});

test('any JSON of an alert is read as a report that can be stored', () => {
  const anything = fc.record({
    status: fc.anything(),
    labels: fc.oneof(fc.dictionary(fc.string({ unit: 'binary' }), fc.anything()), fc.anything()),
    annotations: fc.oneof(fc.dictionary(fc.constantFrom('summary', 'description'), fc.string()), fc.anything()),
    startsAt: fc.oneof(fc.date().map(String), fc.anything()),
    fingerprint: fc.anything(),
  });
  fc.assert(
    fc.property(anything, (made) => {
      const text = JSON.stringify({ alerts: [made] }, (_key, value) => (typeof value === 'bigint' ? null : value));
      for (const { report, key } of readAlertmanager(JSON.parse(text)).events) {
        expect(jsonFaults(report)).toEqual([]);
        expect(AlertReport.safeParse(report).error).toBeUndefined();
        expect(key).not.toBe('');
      }
    }),
  );
});
