import fc from 'fast-check';
import { jsonFaults } from '../../kernel/ports/jsonSafety';
import { Problem } from '../../kernel/ports/problem';
import { AlertReport } from '../contract';
import v025 from './fixtures/opsgenie-alertmanager-0.25.0.json';
import v028 from './fixtures/opsgenie-alertmanager-0.28.1.json';
import v033 from './fixtures/opsgenie-alertmanager-0.33.1.json';
import { requests as clients } from './fixtures/opsgenie-clients.json';
import { requestIdOf } from './opsgenieAnswers';
import { readCreate } from './opsgenieCreate';
import { describedFields } from './opsgenieFields';
import { filtersOf, searchOf } from './opsgenieSearch';

const REQUEST = '0b0e1c1a-2d4f-4a57-9d3e-1f2a3b4c5d6e';
const read = (body: unknown) => {
  const [event] = readCreate({
    body,
    receivedAt: new Date('2026-01-05T09:00:00Z'),
    requestId: REQUEST,
    params: {},
    query: {},
    headers: {},
  }).events;
  if (!event) throw new Error('There is one event.');
  return event;
};
const reported = (body: unknown) => read(body).report;

test.each([
  ['0.25.0', v025],
  ['0.28.1', v028],
  ['0.33.1', v033],
])(
  'a create request of Alertmanager %s is read: its message is empty, and its source is a link',
  (_version, { requests }) => {
    const body = requests[0]?.json as Record<string, unknown>;
    const event = read(body);
    expect(event).toMatchObject({
      key: body['alias'],
      status: 'firing',
      report: {
        service: 'checkout',
        severity: 'high',
        source: 'opsgenie',
        external_url: 'http://vm:29093/#/alerts?receiver=opsgenie',
        labels: { alertname: 'HighErrorRate', entity: '127.0.0.1:29101', tags: 'prod,critical', team: 'sre' },
        annotations: { description: expect.stringContaining('Alerts Firing'), actions: 'Restart,Ping' },
      },
    });
    expect(event.report.message).toMatch(/^Line one/);
    expect(event.report.labels['responders']).toBe('team:sre,user:a@example.com');
  },
);

test.each([
  ['grafana', { service: 'checkout', severity: 'critical', generator_url: 'http://grafana.example/alerting/list' }],
  ['uptimeKuma', { service: 'uptime kuma', severity: 'medium', message: 'Shop', source: 'Uptime Kuma' }],
  ['gatus', { service: 'gatus-core-api', severity: 'critical', source: 'gatus' }],
  ['zabbix', { service: 'zabbix', severity: 'high', labels: expect.objectContaining({ scope: 'capacity' }) }],
  ['apprise', { service: 'apprise notifications', message: 'Backup failed' }],
  ['goSdk', { service: 'opsgenie', severity: 'high', message: 'From Go' }],
  ['shoutrrr', { service: 'opsgenie', severity: 'medium', message: 'Deploy failed' }],
] as const)('a create request of %s is read', (client, report) => {
  expect(reported(clients[client])).toMatchObject(report);
});

test('Grafana sends a responder without a type, which is a team', () => {
  expect(describedFields(clients.grafana).responders).toEqual([{ type: 'team', name: 'sre' }]);
});

test.each([
  ['the detail service', {}, 'detail'],
  ['a tag service:', { details: {} }, 'tagged'],
  ['the entity', { details: {}, tags: [] }, 'thing'],
  ['the detail app', { details: { namespace: 'space', App: 'app' }, tags: [], entity: ' ' }, 'app'],
  ['the detail namespace', { details: { namespace: 'space' }, tags: [], entity: null }, 'space'],
  ['a team', { details: {}, tags: [], entity: '' }, 'crew'],
  ['an older list of teams', { details: {}, tags: [], entity: '', responders: null, teams: ['older'] }, 'older'],
  ['the source', { details: {}, tags: [], entity: '', responders: [] }, 'tool'],
  ['opsgenie', { details: {}, tags: [], entity: '', responders: [], source: 'http://tool.example' }, 'opsgenie'],
])('the service is %s', (_name, over, service) => {
  const whole = {
    details: { service: 'Detail' },
    tags: ['service:Tagged'],
    entity: 'thing',
    responders: [
      { type: 'user', username: 'a@example.com' },
      { type: 'team', name: 'crew' },
    ],
    source: 'tool',
  };
  const event = read({ message: 'm', ...whole, ...over });
  expect(event.report.service).toBe(service);
  expect(event.serviceMissing ?? false).toBe(['tool', 'opsgenie'].includes(service));
});

test.each([
  ['P1', 'critical'],
  ['p2', 'high'],
  ['P3', 'medium'],
  ['P4', 'low'],
  ['P5', 'low'],
])('priority %s is severity %s', (priority, severity) => {
  expect(reported({ message: 'm', priority, details: { severity: 'page' } })).toMatchObject({ severity });
});

test('without a priority the detail severity counts, and without both it is P3', () => {
  expect(reported({ message: 'm', details: { severity: 'critical' } }).severity).toBe('critical');
  expect(describedFields({ details: { severity: 'critical' } }).priority).toBe('P1');
  expect(reported({ message: 'm' })).toMatchObject({ severity: 'medium' });
  expect(reported({ message: 'm' }).severity_note).toBeUndefined();
  expect(reported({ message: 'm', priority: 'P9' }).severity_note).toContain("'P9'");
});

test.each([
  [{ message: 'M', description: 'd' }, 'M'],
  [{ message: '', description: '\n  First line \nsecond' }, 'First line'],
  [{ message: null, description: ' ' }, 'An Opsgenie alert without a message'],
  [{ message: { text: 'x' } }, 'An Opsgenie alert without a message'],
])('the message of %j is %s', (body, message) => expect(reported(body).message).toBe(message));

test('long fields are cut, details become texts, and null and unknown fields are ignored', () => {
  const body = {
    message: 'm'.repeat(5_000),
    alias: 'a'.repeat(600),
    description: 'd'.repeat(20_000),
    tags: Array.from({ length: 30 }, (_, n) => `${n}${'t'.repeat(80)}`),
    details: { list: [1, { deep: true }], n: 7, yes: true, none: null, big: 'b'.repeat(9_000) },
    ...{ visibleTo: null, responders: null, actions: null, user: null, unknown: { x: 1 } },
  };
  const { key, report } = read(body);
  expect([key.length, report.message.length]).toEqual([512, 2_000]);
  const fields = describedFields(body);
  expect([fields.description.length, fields.tags.length, fields.tags[0]?.length]).toEqual([15_000, 20, 50]);
  expect(fields.details).toMatchObject({ list: '[1,{"deep":true}]', n: '7', yes: 'true' });
  expect(fields.details['none']).toBeUndefined();
  expect(JSON.stringify(fields.details).length).toBeLessThan(8_200);
});

test('without an alias a request is a condition of its own, named by its id', () => {
  for (const alias of [undefined, null, '', '  ']) expect(read({ message: 'm', alias }).key).toBe(REQUEST);
  expect(read({ message: 'm', alias: 7 }).key).toBe('7');
  expect(requestIdOf('not a uuid')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(requestIdOf('not a uuid')).toBe(requestIdOf('not a uuid'));
});

test('any JSON is read as a report that can be stored, or refused with a field', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('\0', '\ud800', 1e300, ['x', null], { __proto__: 'p' }, '9'.repeat(9_000)),
  );
  const names = [...Object.keys(clients.grafana), 'entity', 'note', 'user', 'teams', 'actions'];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (body) => {
      try {
        const { key, report } = read({ ...clients.grafana, ...body });
        expect(jsonFaults(report)).toEqual([]);
        expect(AlertReport.safeParse(report).error).toBeUndefined();
        expect(key).not.toBe('');
        expect(jsonFaults(describedFields({ ...clients.grafana, ...body }))).toEqual([]);
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== 'invalid') throw error;
      }
    }),
  );
});

describe('a search', () => {
  test.each<[string, unknown]>([
    ['', []],
    ['status: open', [{ column: 'status', op: '=', value: 'firing' }]],
    [
      'status=closed AND priority:P1',
      [
        { column: 'status', op: '=', value: 'resolved' },
        { field: 'priority', value: 'P1' },
      ],
    ],
    [
      'disk "is full"',
      [
        { column: 'message', op: 'contains', value: 'disk' },
        { column: 'message', op: 'contains', value: 'is full' },
      ],
    ],
    [
      'alias: "a b" tag: prod',
      [
        { column: 'key', op: '=', value: 'a b' },
        { field: 'tags', value: ['prod'] },
      ],
    ],
    ['alias: web*', [{ column: 'key', op: 'contains', value: 'web' }]],
    ['count > 3', [{ column: 'count', op: '>', value: 3 }]],
    ['createdAt >= 1767600000000', [{ column: 'created_at', op: '>=', value: new Date(1_767_600_000_000) }]],
    [
      'acknowledged: false details.Rack: 7',
      [
        { field: 'acknowledged', value: false },
        { field: 'details', value: { Rack: '7' } },
      ],
    ],
  ])('%s is read', (query, filters) => expect(filtersOf(query)).toEqual(filters));

  test.each([
    'status: open OR status: closed',
    'NOT x',
    '(x)',
    'colour: red',
    'count: many',
    'status: odd',
    'alias > 3',
    'x'.repeat(1_001),
    'x '.repeat(21),
  ])('the query %s is refused', (query) =>
    expect(() => filtersOf(query)).toThrow(expect.objectContaining({ kind: 'invalid' })),
  );

  test('has bounds', () => {
    expect(searchOf({ limit: '1000', offset: '0' })).toMatchObject({ limit: 100, offset: 0 });
    expect(searchOf({})).toEqual({ filters: [], sort: 'created_at', order: 'desc', limit: 20, offset: 0 });
    expect(() => searchOf({ limit: '-1' })).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

test("the tool's word for the severity is its priority, else the severity of the details", () => {
  const word = (body: object) => read({ message: 'Down', ...body }).severityWord;
  expect([{ priority: 'P2' }, { details: { severity: 'warn' } }, {}].map(word)).toEqual(['P2', 'warn', undefined]);
});
