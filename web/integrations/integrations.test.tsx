/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { invalid } from '../../src/kernel/problem';
import type { Ports } from '../ports';
import { ANA, type ShownPage, showPage, submit, type } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import { IntegrationPage } from './IntegrationPage';
import { type Integration, IntegrationsPage } from './IntegrationsPage';

type Alerts = Ports['alerts'];
const AT = '2026-03-28T02:00:00.000Z';

const integration = (change: Partial<Integration> = {}): Integration => ({
  id: '00000000-0000-4000-8000-000000000001',
  name: 'Alertmanager, production',
  format: 'alertmanager',
  key_prefix: 'tsi_abcd',
  created_at: AT,
  created_by: 'ana',
  last_seen_at: AT,
  revoked_at: null,
  deliveries: 3,
  rejections: 0,
  ...change,
});
const KEY = 'tsi_abcdefgh';
const made = {
  ...integration(),
  last_seen_at: null,
  key: KEY,
  url: `http://x/api/v1/integrations/${KEY}/alertmanager`,
};

let page: ShownPage;
let asked: unknown[];

async function open(url: string, fakes: Partial<Alerts> = {}, who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  page = await showPage(
    <>
      <Router>
        <Route path="/integrations" component={IntegrationsPage} />
        <Route path="/integrations/:id" component={IntegrationPage} />
      </Router>
      <Toasts />
    </>,
    {
      alerts: {
        listIntegrations: async () => ({ integrations: [integration()] }),
        rejected: async () => ({ rejected: [] }),
        createIntegration: async (input) => {
          asked.push(input);
          return made;
        },
        revokeIntegration: async (input) => {
          asked.push(input);
          return integration({ revoked_at: AT });
        },
        ...fakes,
      },
    },
    url,
    who,
  );
}
const ONE = `/integrations/${integration().id}`;

afterEach(() => {
  unsay();
  page.close();
});

test('sources that live come first; one that was never heard of says that it is waited for', async () => {
  await open('/integrations', {
    listIntegrations: async () => ({
      integrations: [
        integration({ id: 'a', name: 'Old', revoked_at: AT }),
        integration({ id: 'b', name: 'New', last_seen_at: null }),
      ],
    }),
  });
  const lines = [...page.root.querySelectorAll('.list li')].map((line) => line.textContent ?? '');
  expect(lines[0]).toContain('New');
  expect(lines[0]).toContain('Waiting for the first event');
  expect(lines[1]).toContain('Revoked');
  expect(page.text()).toContain('One source may report here');
});

test('a new one is asked for by name, and its key stands in address and snippet until one leaves', async () => {
  await open('/integrations');
  await page.doing(() => page.button('Add integration').click());
  await page.doing(() => type(page.field('name'), 'Alertmanager, production'));
  await submit(page);
  expect(asked).toEqual([{ name: 'Alertmanager, production', format: 'alertmanager' }]);
  expect(location.pathname).toBe(ONE);
  expect(page.text()).toContain('the key is not shown again');
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain(KEY);
  page.close();
  await open(ONE);
  expect(page.text()).not.toContain(KEY);
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain('YOUR_KEY');
});

test('a name that the server refuses is said at its field', async () => {
  await open('/integrations', {
    createIntegration: async () => {
      throw invalid([{ path: 'name', message: 'Is taken' }]);
    },
  });
  await page.doing(() => page.button('Add integration').click());
  await submit(page);
  expect(page.root.querySelector('dialog .fault')?.textContent).toBe('Is taken');
});

test('each tool has its snippet, chosen by arrow keys', async () => {
  await open(ONE);
  const tab = () => page.root.querySelector<HTMLElement>('[role=tab][aria-selected=true]') as HTMLElement;
  expect(tab().textContent).toBe('Alertmanager');
  await page.doing(() => tab().dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true })));
  expect(tab().textContent).toBe('Grafana');
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain('contactPoints');
});

test('what was refused is kept with its reason and as text, whatever it says', async () => {
  const body = '{"alerts": "<img src=x>"}';
  await open(ONE, { rejected: async () => ({ rejected: [{ at: AT, reason: 'alerts: must be a list', body }] }) });
  expect(page.root.querySelector('details summary')?.textContent).toContain('alerts: must be a list');
  expect(page.root.querySelector('details pre')?.textContent).toContain('<img src=x>');
  expect(page.root.querySelector('details img')).toBeNull();
});

test('a key is revoked only after a question, and then the list is shown', async () => {
  await open(ONE);
  await page.doing(() => page.button('Revoke key').click());
  expect(asked).toEqual([]);
  await submit(page);
  expect(asked).toEqual([{ id: integration().id }]);
  expect(location.pathname).toBe('/integrations');
});

test('a revoked one is not set up, and one that is not there says so', async () => {
  await open(ONE, { listIntegrations: async () => ({ integrations: [integration({ revoked_at: AT })] }) });
  expect(page.text()).not.toContain('YOUR_KEY');
  page.close();
  await open('/integrations/none');
  expect(page.text()).toContain('There is no such integration');
});

test('who may only look sees neither what was refused nor a way to revoke', async () => {
  await open(ONE, {}, { ...ANA, role: 'viewer' });
  expect(page.text()).not.toContain('Rejected payloads');
  expect(page.text()).not.toContain('Revoke key');
});
