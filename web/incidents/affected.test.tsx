/** @jest-environment @happy-dom/jest-environment */
import type { Alert } from '../../src/alerts/contract';
import { AffectedBanner } from '../alerts/Affected';
import { Decision } from '../alerts/Decision';
import { anIncident, closePage, type ShownPage, showPage } from '../testing/page';
import { AffectedAlerts } from './Affected';

afterEach(closePage);

const incident = anIncident({ title: '[HIGH] db: down' });
const alert = (service: string, message: string): Alert =>
  ({
    ...{ id: crypto.randomUUID(), service, message, severity: 'high', status: 'firing', incident_state: null },
    ...{ muted: null, waiting: null, affected_by: { incident_id: incident.id, title: incident.title } },
  }) as Alert;

async function show(alerts: Alert[], total = alerts.length): Promise<ShownPage> {
  return showPage(<AffectedAlerts of={incident} />, {
    alerts: {
      list: async ({ affected_by }) => {
        expect(affected_by).toBe(incident.id);
        return { total, page: 1, per_page: 50, alerts };
      },
    },
  });
}

test('an incident lists the affected services with their alerts', async () => {
  const rows = [alert('web', 'Requests fail'), alert('api', 'Slow'), alert('web', 'No sessions')];
  const page = await show(rows);
  const services = [...page.root.querySelectorAll('li')].map((row) => row.querySelector('a')?.textContent);
  expect(services).toEqual(['web', 'api']);
  expect(page.root.querySelector('li')?.textContent).toContain('2 alerts');
  expect(page.root.querySelector(`a[href="/alerts/${rows[1]?.id}"]`)?.textContent).toBe('Slow');
});

test('a longer list links to all affected alerts', async () => {
  const page = await show([alert('web', 'Requests fail')], 80);
  expect(page.root.querySelector('footer a')?.getAttribute('href')).toBe(`/alerts?affected_by=${incident.id}`);
});

test('an incident without affected alerts shows nothing', async () => {
  expect((await show([])).text()).toBe('');
});

test('an alert names the incident that affects it, and its decision when that ended', async () => {
  const entry = { stage: 'mute', by: 'upstream', id: incident.id, name: incident.title } as const;
  const page = await showPage(
    <>
      <AffectedBanner of={alert('web', 'Slow')} />
      <Decision of={{ decision: [{ ...entry, ended_at: '2026-03-28T02:12:04.000Z' }], reported: null }} />
    </>,
    {},
  );
  expect(page.text()).toContain('Affected by [HIGH] db: down. Its service depends on');
  const links = [...page.root.querySelectorAll('a')].map((link) => link.getAttribute('href'));
  expect(links).toEqual([`/incidents/${incident.id}`, `/incidents/${incident.id}`]);
  expect(page.root.querySelector('li')?.textContent).toMatch(/^Affected by \[HIGH\] db: down, until /);
});
