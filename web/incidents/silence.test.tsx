/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { lastHeartbeatAt } from '../live/connection';
import { ANA, anIncident, closePage, type ShownPage, showPage, submit } from '../testing/page';
import { now } from '../ui/times';
import { unsay } from '../ui/toast';
import { IncidentPage } from './IncidentPage';
import type { Whole } from './timelineSentence';

let page: ShownPage;
let asked: { matchers: string[]; ends_at: string }[];

let made = 0;
const alert = (labels: Record<string, string>, firing = true) => ({
  ...{ id: `00000000-0000-4000-8000-0000000000a${++made}`, service: 'checkout', severity: 'high', message: 'Slow' },
  ...{ labels, firing, links: [], description: null, ended_at: null, incident_state: null },
  created_at: '2026-03-28T02:12:04.000Z',
});

async function open(alerts: unknown[], who: Parameters<typeof showPage>[3] = ANA): Promise<void> {
  asked = [];
  now.value = Date.now();
  lastHeartbeatAt.value = now.value;
  const of = {
    ...anIncident(),
    alerts,
    alerts_total: 2,
    alerts_firing: 2,
    notes: [],
    timeline: [],
  } as unknown as Whole;
  page = await showPage(
    <Router>
      <Route path="/incidents/:id" component={IncidentPage} />
      <Route default component={() => null} />
    </Router>,
    {
      incidents: { get: async () => of },
      notify: { ofIncident: async () => ({ notifications: [], total: 0 }) },
      alerts: {
        createSilence: async (input) => {
          asked.push(input as never);
          return {} as never;
        },
      },
    },
    `/incidents/${of.id}`,
    who,
  );
}

afterEach(() => {
  unsay();
  closePage();
});

test('alerts like those of an incident are silenced by what the firing ones have in common, for two hours', async () => {
  await open([alert({ env: 'prod', host: 'a' }), alert({ env: 'prod', host: 'b' }), alert({ env: 'test' }, false)]);
  await page.doing(() => page.button('Silence this').click());
  expect(page.text()).toContain('acknowledge it to stop its escalation');
  const ticks = [...document.querySelectorAll<HTMLInputElement>('dialog input[type=checkbox]')];
  expect(ticks.map(({ checked }) => checked)).toEqual([true, true, false]);
  await page.doing(() => ticks[2]?.click());
  await submit(page);
  expect(asked.map(({ matchers }) => matchers)).toEqual([['service="checkout"', 'env="prod"', 'host=~"a|b"']]);
  expect(Math.abs(Date.parse(asked[0]?.ends_at ?? '') - Date.now() - 2 * 3_600_000)).toBeLessThan(60_000);
});

test('an incident without alerts, and a viewer, have no silence', async () => {
  await open([]);
  expect(page.text()).not.toContain('Silence this');
  page.close();
  await open([alert({ env: 'prod' })], { ...ANA, role: 'viewer' });
  expect(page.text()).not.toContain('Silence this');
});
