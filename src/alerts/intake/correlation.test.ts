import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AlertSnapshot, type IncidentsContract, incidentsContract } from '../../incidents/contract';
import { callerHeaders } from '../../kernel/http/edge';
import { httpPort } from '../../kernel/ports/client';
import type { Port } from '../../kernel/ports/contract';
import { inputOf, localPort } from '../../kernel/ports/local';
import { appOf, someone } from '../../testing/http';
import type { AlertRow } from '../store/alerts';
import { savedCaller } from './caller';
import { createCorrelation } from './correlation';

const { attach } = incidentsContract;
const NOW = new Date('2026-01-05T09:00:00.000Z');
const INCIDENT = '6f0c5a1e-9c4b-4f0e-8f5e-1d2c3b4a5f60';

const row = (over: Partial<AlertRow> = {}): AlertRow => ({
  id: crypto.randomUUID(),
  service: 'checkout',
  severity: 'low',
  message: 'Disk full',
  source: 'api',
  labels: {},
  fingerprint: 'a'.repeat(64),
  timestamp: NOW,
  incident_id: null,
  created_at: NOW,
  status: 'firing',
  count: 1,
  last_seen_at: NOW,
  ended_at: null,
  decision: null,
  routing: null,
  default_route: null,
  reported: null,
  muted_by: null,
  muted_until: null,
  hold_key: null,
  released_by: null,
  integration_id: null,
  reported_by: 'maria',
  context: null,
  revision: 0,
  revised_by: null,
  raised_to: null,
  first_said: null,
  expires_at: null,
  expired: false,
  acknowledged_at: null,
  acknowledged_by: null,
  ...over,
});

/** Alerts that fill every field of a snapshot, up to the limits of the intake. */
const alerts = [
  { alert: row() },
  { alert: row({ message: '🔥'.repeat(1_000), labels: { n: 1.5, yes: true, text: 'ä'.repeat(1_024) } }) },
  {
    alert: row({
      context: {
        annotations: { description: 'x'.repeat(4_096), runbook_url: `https://runbooks.example/${'a'.repeat(2_000)}` },
        generator_url: 'https://prometheus.example/graph',
        external_url: 'javascript:alert(1)',
        dashboard_urls: Array.from({ length: 40 }, (_, i) => `https://grafana.example/d/${i}`),
      },
    }),
  },
  { alert: row({ revision: 3, severity: 'high', raised_to: 'high' }), rise: { revision: 2, to: 'critical' as const } },
];

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** Incidents that keeps what it is asked, with the port over which it is asked. */
async function incidentsBy(way: 'in process' | 'over HTTP') {
  const asked: AlertSnapshot[] = [];
  const contract = { attach };
  const local = localPort(contract, {
    async attach(input) {
      asked.push(...input.alerts);
      return {
        results: input.alerts.map(({ id }) => ({
          alert_id: id,
          incident_id: INCIDENT,
          result: 'new_incident' as const,
        })),
      };
    },
  });
  if (way === 'in process') return { asked, port: local as unknown as Port<IncidentsContract> };
  const server = appOf(contract, local, someone()).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const port = httpPort(contract, url, { headers: callerHeaders('token') });
  return { asked, port: port as unknown as Port<IncidentsContract> };
}

const routing = {
  ...{ team: 'web', policy: 'database', by: { kind: 'rule', name: 'Web' } as const, key: 'KEY:1', by_severity: false },
  ...{ per_owner: false, window_minutes: 30, not_paged_by: null, room: 'slack:#ops' },
};

test.each(['in process', 'over HTTP'] as const)(
  'the routing of an alert reaches incidents %s unchanged',
  async (way) => {
    const { asked, port } = await incidentsBy(way);
    const routed = [
      { alert: row({ routing }) },
      { alert: row({ routing: { ...routing, team: null, per_owner: true } }) },
    ];
    await createCorrelation(port, 10_000).ask(routed, savedCaller(someone()));
    expect(asked.map((alert) => alert.routing)).toStrictEqual(routed.map(({ alert }) => alert.routing));
    expect(inputOf(attach, { alerts: asked })).toStrictEqual({ alerts: asked });
  },
);

test('an incident is expected for alerts of the same group only', async () => {
  const correlation = createCorrelation((await incidentsBy('in process')).port, 10_000);
  const perOwner = { ...routing, key: 'KEY:2', team: null, per_owner: true };
  const given = [{ alert: row({ routing }) }, { alert: row({ service: 'a', routing: perOwner }) }];
  await correlation.ask(given, savedCaller(someone()));
  expect(correlation.expected(row({ service: 'other', severity: 'low', routing }))).toBe(INCIDENT);
  expect(correlation.expected(row())).toBeNull();
  expect(correlation.expected(row({ routing: { ...routing, by_severity: true } }))).toBeNull();
  expect(correlation.expected(row({ service: 'a', routing: perOwner }))).toBe(INCIDENT);
  expect(correlation.expected(row({ service: 'b', routing: perOwner }))).toBeNull();
});

test.each(['in process', 'over HTTP'] as const)(
  'snapshots reach incidents %s exactly as alerts built them',
  async (way) => {
    const { asked, port } = await incidentsBy(way);
    const answers = await createCorrelation(port, 10_000).ask(alerts, savedCaller(someone()));
    expect([...answers.values()].map(({ incident_id }) => incident_id)).toEqual(alerts.map(() => INCIDENT));
    expect(asked.map(({ id }) => id)).toEqual(alerts.map(({ alert }) => alert.id));
    expect(asked[3]).toMatchObject({ revision: 3, raised: { revision: 3, to: 'critical' } });
    expect(inputOf(attach, { alerts: asked })).toStrictEqual({ alerts: asked });
  },
);

test('incidents receives the same snapshots in process and over HTTP', async () => {
  const [local, remote] = [await incidentsBy('in process'), await incidentsBy('over HTTP')];
  for (const { port } of [local, remote]) await createCorrelation(port, 10_000).ask(alerts, savedCaller(someone()));
  expect(remote.asked).toStrictEqual(local.asked);
});

test('snapshots that no module built are validated over HTTP and taken unread in process', async () => {
  const invalid = { alerts: [{ id: 'no id', service: 'checkout\0' }] } as never;
  const [local, remote] = [await incidentsBy('in process'), await incidentsBy('over HTTP')];
  await expect(remote.port.attach(invalid, someone())).rejects.toMatchObject({ kind: 'invalid' });
  expect(remote.asked).toEqual([]);
  await local.port.attach(invalid, someone());
  expect(local.asked).toHaveLength(1);
});
