/** @jest-environment @happy-dom/jest-environment */
import type { Change } from '../../src/alerts/contract';
import { anIncident, closePage, type ShownPage, showPage } from '../testing/page';
import { Changes } from './Changes';

afterEach(closePage);

const opened = '2026-03-28T02:12:04.000Z';
const minutesBefore = (n: number) => new Date(Date.parse(opened) - n * 60_000).toISOString();
let made = 0;
const change = (summary: string, minutes: number, service = 'checkout'): Change => ({
  id: `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
  integration_id: '00000000-0000-4000-8000-000000000001',
  service,
  summary,
  source: 'ci',
  at: minutesBefore(minutes),
  received_at: minutesBefore(minutes),
  links: [{ text: 'Build 42', url: 'https://ci.example/42' }],
  details: {},
  reported_by: 'Builds',
});

interface Asked {
  service?: string;
  from?: string;
  to?: string;
}

/** Shows the changes beside an incident, with the answers of the server to the two lists. */
async function show(own: Change[], others: Change[] = []): Promise<{ page: ShownPage; asked: Asked[] }> {
  const asked: Asked[] = [];
  const page = await showPage(<Changes of={anIncident({ created_at: opened })} />, {
    alerts: {
      listChanges: async ({ service, from, to }) => {
        asked.push({ ...(service && { service }), ...(from && { from }), ...(to && { to }) });
        const changes = service === undefined ? [...own, ...others] : own;
        return { total: changes.length, page: 1, per_page: 20, changes };
      },
    },
  });
  return { page, asked };
}

const lines = (page: ShownPage) => [...page.root.querySelectorAll('li')].map(({ textContent }) => textContent);

test('a change shows how long before the incident it came, and its links', async () => {
  const { page } = await show([change('Deployed checkout 1.42', 4)]);
  expect(lines(page)).toEqual(['Deployed checkout 1.424 min beforeciBuild 42']);
  const link = page.root.querySelector('a');
  expect([link?.href, link?.rel]).toEqual(['https://ci.example/42', 'noopener noreferrer']);
});

test('the nearest changes come first, those of other services with their service', async () => {
  const { page } = await show([change('Far', 300), change('Rolled back', -7)], [change('Near', 2, 'ledger')]);
  expect(lines(page)).toEqual([
    'Near2 min beforeledgerciBuild 42',
    'Rolled back7 min afterciBuild 42',
    'Far5 h beforeciBuild 42',
  ]);
});

test('the page asks for a day of the service and for an hour of all others', async () => {
  const { asked } = await show([]);
  expect(asked).toEqual([
    { service: 'checkout', from: minutesBefore(24 * 60) },
    { from: minutesBefore(60), to: opened },
  ]);
});

test('five changes are shown', async () => {
  const { page } = await show(Array.from({ length: 9 }, (_, n) => change(`Change ${n}`, n + 1)));
  expect(lines(page)).toHaveLength(5);
});

test('without changes nothing is shown', async () => {
  const { page } = await show([]);
  expect(page.text()).toBe('');
});
