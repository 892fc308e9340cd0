import type { MappedItem } from '../contract/mapping';
import { readJson } from './json';

const read = (body: unknown, mapped?: MappedItem[]) =>
  readJson({
    requestId: 'r',
    receivedAt: new Date('2026-03-02T09:00:00Z'),
    body,
    params: {},
    query: {},
    headers: {},
    mapped,
  }).events;
const one = (body: unknown, values?: MappedItem['values']) => {
  const [event] = read(body, values && [{ item: body, values }]);
  return event as NonNullable<typeof event>;
};

test('reads fields by their usual names, whatever their case and separators', () => {
  const event = one({
    Title: 'Disk is full',
    'Service-Name': 'Ledger',
    Priority: 'P1',
    alertState: 'firing',
    dedup_key: 'disk-1',
    details: 'db1',
    started_at: '2026-03-02T08:59:00Z',
  });
  expect(event).toMatchObject({
    key: 'disk-1',
    status: 'firing',
    serviceMissing: false,
    severityWord: 'P1',
    report: {
      message: 'Disk is full',
      service: 'ledger',
      severity: 'critical',
      annotations: { description: 'db1' },
      timestamp: '2026-03-02T08:59:00.000Z',
    },
  });
});

test('uses the host if the payload names no service', () => {
  expect(one({ message: 'x', host: 'DB1' })).toMatchObject({ serviceMissing: true, report: { service: 'db1' } });
  expect(one({ message: 'x' })).toMatchObject({ serviceMissing: true, report: { service: 'unknown' } });
});

test('takes any JSON', () => {
  expect(one('Disk is full').report.message).toBe('Disk is full');
  expect(one(7).report.message).toBe('7');
  expect(one({}).report.message).toBe('A report without a message');
  expect(read([])).toEqual([]);
});

test('reads each item of a list, with the fields around it', () => {
  const events = read({ service: 'ledger', alerts: [{ title: 'a' }, { title: 'b', service: 'checkout' }] });
  expect(events.map(({ report }) => [report.service, report.message])).toEqual([
    ['ledger', 'a'],
    ['checkout', 'b'],
  ]);
});

test('reads fields of an object in the payload', () => {
  expect(one({ id: 9, event: { title: 'Disk is full', state: 'ok' } })).toMatchObject({
    status: 'resolved',
    report: { message: 'Disk is full' },
  });
});

test.each([
  ['resolved', 'resolved'],
  ['OK', 'resolved'],
  ['Recovered', 'resolved'],
  ['acknowledged', 'acknowledged'],
  ['firing', 'firing'],
  ['a word of its own', 'firing'],
])('the status %s is read as %s', (status, expected) => {
  expect(one({ message: 'x', status }).status).toBe(expected);
});

test('without a key, the service and the message identify the condition', () => {
  const firing = one({ service: 'ledger', title: 'Disk is full', severity: 'high', status: 'firing' });
  const ended = one({ service: 'ledger', title: 'Disk is full', severity: 'ok', status: 'ok' });
  expect(ended.key).toBe(firing.key);
  expect(one({ service: 'ledger', title: 'Disk is slow' }).key).not.toBe(firing.key);
});

test('other plain values, labels and tags become labels, and URLs become links', () => {
  const { labels, links } = one({
    message: 'x',
    region: 'eu-1',
    load: 0.9,
    tags: ['db', 'prod'],
    labels: { env: 'prod' },
    runbook: 'https://wiki.example/x',
    script: 'javascript:alert(1)',
  }).report;
  expect(labels).toMatchObject({ region: 'eu-1', load: 0.9, env: 'prod', tags: 'db, prod' });
  expect(links).toEqual([{ href: 'https://wiki.example/x', text: 'runbook' }]);
});

test('values of a mapping come before fields of usual names', () => {
  const body = { title: 'wrong', service: 'wrong', checks: [{ n: 'right' }] };
  const event = one(body, {
    message: 'right',
    service: 'Ledger',
    severity: 'sev2',
    status: false,
    key: 7,
    labels: { env: 'prod' },
    links: ['https://a.example/', { url: 'https://b.example/', title: 'B' }, 'no link'],
    description: { why: 'disk' },
  });
  expect(event).toMatchObject({
    key: '7',
    status: 'resolved',
    report: {
      message: 'right',
      service: 'ledger',
      severity: 'high',
      labels: { env: 'prod' },
      links: [{ href: 'https://a.example/' }, { href: 'https://b.example/', text: 'B' }],
      annotations: { description: '{"why":"disk"}' },
    },
  });
});

test('a value that a mapping does not find is read by its usual names', () => {
  expect(one({ title: 'Disk is full' }, { message: null, service: 'ledger' }).report.message).toBe('Disk is full');
});
