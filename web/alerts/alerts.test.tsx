/** @jest-environment @happy-dom/jest-environment */
import type { Alert } from '../../src/alerts/contract';
import { lastHeartbeatAt, publishEvent } from '../live/connection';
import type { Ports } from '../ports';
import { useKeyboard } from '../shell/keys';
import { closePage, press, type ShownPage, settled, showPage } from '../testing/page';
import { now } from '../ui/times';
import { AlertsPage } from './AlertsPage';

function Shown() {
  useKeyboard();
  return <AlertsPage />;
}

let made = 0;
const anAlert = (message: string): Alert =>
  ({
    id: `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
    message,
    service: 'checkout',
    severity: 'high',
    source: 'prometheus',
    status: 'firing',
    incident_state: null,
    count: 1,
    incident_id: null,
    last_seen_at: '2026-03-28T02:12:04.000Z',
  }) as Alert;

let page: ShownPage;
let asked: Parameters<Ports['alerts']['list']>[0][];

type Facets = Awaited<ReturnType<Ports['alerts']['facets']>>;

async function open(rows: Alert[], url = '/alerts', facets: Partial<Facets> = {}): Promise<void> {
  asked = [];
  page = await showPage(
    <Shown />,
    {
      alerts: {
        list: async (input) => {
          asked.push(input);
          return { alerts: [...rows], total: rows.length, page: 1, per_page: 50 };
        },
        facets: async () => ({
          counted: 5,
          labels_counted: 5,
          firing_waiting: 0,
          firing_affected: 0,
          firing_muted: 0,
          firing_flapping: 0,
          firing_incident_resolved: 0,
          status: [
            { value: 'resolved', count: 4 },
            { value: 'firing', count: 1 },
          ],
          service: [{ value: 'checkout', count: 5 }],
          severity: [{ value: 'high', count: 3 }],
          source: [],
          labels: [{ key: 'env', count: 2, values: [{ value: 'prod', count: 2 }] }],
          ...facets,
        }),
      },
    },
    url,
  );
}

beforeEach(() => {
  now.value = Date.now();
  lastHeartbeatAt.value = now.value;
});
afterEach(closePage);

test('tabs show the number of alerts in each state', async () => {
  await open([anAlert('Disk full')], '/alerts?status=firing');
  const tabs = [...page.root.querySelectorAll('.tabs a')].map((tab) => tab.textContent);
  expect(tabs).toEqual(['All5', 'Firing1', 'Ended4']);
  expect(asked[0]).toMatchObject({ status: 'firing' });
});

test('facets show how many alerts each value matches', async () => {
  await open([anAlert('Disk full')]);
  const choices = [...page.root.querySelectorAll('option')].map((option) => option.textContent);
  expect(choices).toEqual(expect.arrayContaining(['checkout (5)', 'High (3)', 'env=prod (2)']));
});

test('with more alerts than are counted, each number is shown as a minimum', async () => {
  await open([anAlert('Disk full')], '/alerts', {
    ...{ counted: 50_000, labels_counted: 10_000 },
    status: [
      { value: 'resolved', count: 38_000 },
      { value: 'firing', count: 12_000 },
    ],
    severity: [{ value: 'high', count: 50_000 }],
  });
  const tabs = [...page.root.querySelectorAll('.tabs a')].map((tab) => tab.textContent);
  expect(tabs).toEqual(['All50,000+', 'Firing12,000+', 'Ended38,000+']);
  expect(page.root.querySelector('.counter + .counter .fig')?.textContent).toBe('50,000+');
  const choices = [...page.root.querySelectorAll('option')].map((option) => option.textContent);
  expect(choices).toEqual(expect.arrayContaining(['checkout (5+)', 'High (50,000+)', 'env=prod (2+)']));
});

test('new alerts wait behind a button while a person reads', async () => {
  const rows = [anAlert('First')];
  await open(rows);
  await page.doing(() => press('j'));
  rows.unshift(anAlert('Second'), anAlert('Third'));
  publishEvent({ id: '1', module: 'alerts', kind: 'alerts_received', subject: '', actor: '', at: '', data: {} });
  while (asked.length === 1) await settled();
  await settled();
  expect(page.root.querySelectorAll('tbody tr')).toHaveLength(1);
  await page.doing(() => page.button('Two alerts arrived').click());
  expect(page.root.querySelectorAll('tbody tr')).toHaveLength(3);
});

test('an alert that still fires shows who resolved its incident, in the list and in the counts', async () => {
  const alert = {
    ...anAlert('Disk full'),
    incident_state: { status: 'resolved', resolved_by: 'Ada', resolved_at: '2026-03-28T02:38:00.000Z' },
  } as Alert;
  await open([alert], '/alerts', { firing_incident_resolved: 1 });
  expect(page.root.querySelector('.c-state')?.textContent).toMatch(/^Firing · incident resolved by Ada .*:38/);
  const tabs = [...page.root.querySelectorAll('.tabs a')].map((tab) => tab.textContent);
  expect(tabs).toEqual(['All5', 'Firing1', 'Firing, incident resolved1', 'Ended4']);
});

test('an alert without an incident shows what mutes or holds it, and until when', async () => {
  const none = { muted: null, affected_by: null, waiting: null, flapping: false };
  const until = '2126-03-28T04:00:00.000Z';
  const muted = { by: 'silence', id: 'x', name: 'Move of racks', until } as const;
  const affected_by = { incident_id: '00000000-0000-4000-8000-00000000000a', title: '[HIGH] db: down' };
  await open(
    [
      { ...anAlert('One'), ...none, muted },
      { ...anAlert('Two'), ...none, affected_by },
      { ...anAlert('Three'), ...none, flapping: true },
    ] as Alert[],
    '/alerts',
    { firing_muted: 2, firing_flapping: 1 },
  );
  expect(page.text()).toContain('Muted by a silence: Move of racks until');
  expect(page.text()).toContain('Held by the incident [HIGH] db: down');
  expect(page.text()).toContain('no incident yet');
  expect(page.text()).toMatch(/Muted ?2.*Flapping ?1/);
});
