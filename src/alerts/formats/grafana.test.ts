import capture from './fixtures/grafana-12.json';
import { readGrafana } from './grafana';

const read = (alert: object) => {
  const [event] = readGrafana({ version: '1', alerts: [alert] }).events;
  if (!event) throw new Error('There is one alert.');
  return event;
};

test('requests of Grafana are read: two alerts fire, one changes, both end', () => {
  const [first, second, third] = capture.requests.map(({ json }) => readGrafana(json).events);
  expect(first).toMatchObject([
    {
      key: 'c6eadffa33fcdf37',
      status: 'firing',
      endedAt: null,
      report: {
        service: 'checkout',
        severity: 'critical',
        message: 'Memory is at 92% (c6ea)',
        source: 'grafana',
        timestamp: '2026-10-12T07:51:03.157Z',
        annotations: {
          runbook_url: 'https://wiki.example/memory',
          values: 'B=92.4, C=1',
          image: 'https://images.example/1.png',
          silence_url: expect.stringContaining('/alerting/silence/new'),
          rule_uid: '1afz29v7z',
        },
        generator_url: expect.stringContaining('/alerting/grafana/1afz29v7z/view'),
        dashboard_urls: [expect.stringContaining('/d/abc'), expect.stringContaining('viewPanel=2')],
      },
    },
    { key: 'c6eadffa33fcdf38', status: 'firing' },
  ]);
  expect(second?.map(({ key, status }) => [key, status])).toEqual([
    ['c6eadffa33fcdf37', 'firing'],
    ['c6eadffa33fcdf38', 'resolved'],
  ]);
  expect(third).toMatchObject([{ status: 'resolved', endedAt: new Date('2026-10-12T08:21:03.157Z') }]);
});

test('an alert about a rule without data names the rule', () => {
  const [event] = readGrafana(capture.requests[3]?.json).events;
  expect(event?.report).toMatchObject({ message: 'No data: Low traffic', service: 'checkout' });
});

test('the text of a rule without data is its summary, if it has one', () => {
  const labels = { alertname: 'DatasourceError', rulename: 'Low traffic' };
  expect(read({ labels, annotations: { summary: 'The shop may be away' } }).report.message).toBe(
    'The shop may be away',
  );
  expect(read({ labels }).report.message).toBe('Error of the data source: Low traffic');
});

test("labels and annotations of Grafana's own are left out", () => {
  const { labels, annotations } = read({
    labels: { alertname: 'A', __alert_rule_uid__: 'x' },
    annotations: { __dashboardUid__: 'd', summary: 's' },
  }).report;
  expect([labels, annotations]).toEqual([{ alertname: 'A' }, { summary: 's' }]);
});

test.each([
  ['service', { service: 'a', app: 'b', job: 'c', namespace: 'd', grafana_folder: 'e', alertname: 'f' }, 'a'],
  ['app', { app: 'b', job: 'c', namespace: 'd', grafana_folder: 'e', alertname: 'f' }, 'b'],
  ['job', { job: 'c', namespace: 'd', grafana_folder: 'e', alertname: 'f' }, 'c'],
  ['namespace', { namespace: 'd', grafana_folder: 'e', alertname: 'f' }, 'd'],
  ['grafana_folder', { grafana_folder: 'e', alertname: 'f' }, 'e'],
  ['alertname', { alertname: 'f' }, 'f'],
])('the service is %s', (_name, labels, service) => expect(read({ labels }).report.service).toBe(service));

test.each([
  ['of an expression', { values: { A: 1, B: null } }, 'A=1, B=null'],
  ['of an old version, which sends a text alone', { valueString: '[ value=1 ]' }, '[ value=1 ]'],
  ['that are null', { values: null, valueString: '' }, undefined],
])('values %s are read', (_name, alert, values) =>
  expect(read({ labels: {}, ...alert }).report.annotations?.['values']).toBe(values),
);

test('links that are no http(s) addresses are left out', () => {
  const { report } = read({ labels: {}, imageURL: 'javascript:alert(1)', silenceURL: '', dashboardURL: 'file:///etc' });
  expect(report).not.toHaveProperty('annotations');
  expect(report).not.toHaveProperty('dashboard_urls');
});
