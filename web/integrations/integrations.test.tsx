/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { invalid } from '../../src/kernel/ports/problem';
import type { Ports } from '../ports';
import { ANA, closePage, type ShownPage, showPage, submit, type } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import type { Format } from './formats';
import { GalleryPage } from './GalleryPage';
import { IntegrationPage } from './IntegrationPage';
import { type Integration, IntegrationsPage } from './IntegrationsPage';
import { NewIntegrationPage } from './NewIntegrationPage';

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
  ...{ version: '1', team: null, service: null, severity_map: {}, service_labels: [], severity_labels: [] },
  ...{
    auto_resolve: true,
    stale_after: null,
    resolve_expired: false,
    rate_per_minute: null,
    mapping: null,
    signed: false,
    signature_timestamp_header: null,
    old_key: null,
  },
  ...{ accepted: 0, deduplicated: 0, rate_limited: 0, last_rejection: null, first_alert_id: null },
  ...change,
});

const snippet = (id: string, title: string, code: string) => ({ id, title, text: `About ${title}`, file: null, code });
/** One format of the server, and one that no file of the page knows. */
const FORMATS: Format[] = [
  {
    id: 'alertmanager',
    title: 'Alertmanager',
    hint: 'Grafana sends this format too.',
    source: 'https://x.example',
    path: '/api/v1/integrations/{key}/alertmanager',
    mapped: false,
    signature_header: null,
    setup: [
      snippet('alertmanager', 'Alertmanager', 'url: {url}'),
      snippet('grafana', 'Grafana', 'contactPoints: {url} $1 {unknown}'),
    ],
  },
  {
    id: 'pager' as Format['id'],
    title: 'Example Pager',
    hint: null,
    source: 'https://x.example',
    path: '/api/v1/integrations/{key}/pager',
    mapped: false,
    signature_header: null,
    setup: [snippet('ini', 'pager.ini', 'server = {origin} key = {key}')],
  },
];
const PAGER = { format: 'pager' as Format['id'] };
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
        <Route path="/integrations/new" component={GalleryPage} />
        <Route path="/integrations/new/:format" component={NewIntegrationPage} />
        <Route path="/integrations/:id" component={IntegrationPage} />
      </Router>
      <Toasts />
    </>,
    {
      alerts: {
        listIntegrations: async () => ({ integrations: [integration()] }),
        rejected: async () => ({ rejected: [] }),
        formats: async () => ({ formats: FORMATS }),
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
  closePage();
});

test('active integrations come first; one without a report yet is shown as waiting', async () => {
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

test('a new integration needs a name; its key is in address and snippet until the viewer leaves', async () => {
  await open('/integrations/new/alertmanager');
  expect(page.text()).toContain('Add Alertmanager');
  await page.doing(() => type(page.field('name'), 'Alertmanager, production'));
  await page.doing(() => page.button('Add integration').click());
  expect(asked).toEqual([{ name: 'Alertmanager, production', format: 'alertmanager' }]);
  expect(location.pathname).toBe(ONE);
  expect(page.text()).toContain('the key is not shown again');
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain(KEY);
  page.close();
  await open(ONE);
  expect(page.text()).not.toContain(KEY);
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain('YOUR_KEY');
});

test('a refused name is shown at its field', async () => {
  await open('/integrations/new/alertmanager', {
    createIntegration: async () => {
      throw invalid([{ path: 'name', message: 'Is taken' }]);
    },
  });
  await page.doing(() => type(page.field('name'), 'Cellar'));
  await page.doing(() => page.button('Add integration').click());
  expect(page.root.querySelector('form .fault')?.textContent).toBe('Is taken');
});

test('each tool has its snippet, selected by arrow keys', async () => {
  await open(ONE);
  const tab = () => page.root.querySelector<HTMLElement>('[role=tab][aria-selected=true]') as HTMLElement;
  expect(tab().textContent).toBe('Alertmanager');
  await page.doing(() => tab().dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true })));
  expect(tab().textContent).toBe('Grafana');
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain('contactPoints');
});

test('a format that only the server knows is offered by name, with its own snippets', async () => {
  await open('/integrations', { listIntegrations: async () => ({ integrations: [integration(PAGER)] }) });
  expect(page.root.querySelector('.list li')?.textContent).toContain('Example Pager');
  page.close();
  await open('/integrations/new');
  expect(tools()).toEqual([
    ['/integrations/new/alertmanager', 'Alertmanager', 'Grafana sends this format too.'],
    ['/integrations/new/pager', 'Example Pager', 'pager.ini'],
  ]);
  page.close();
  await open('/integrations/new/pager');
  await page.doing(() => type(page.field('name'), 'Pager, attic'));
  await page.doing(() => page.button('Add integration').click());
  expect(asked).toEqual([{ name: 'Pager, attic', format: 'pager' }]);
  page.close();
  await open(ONE, { listIntegrations: async () => ({ integrations: [integration(PAGER)] }) });
  const panel = page.root.querySelector('[role=tabpanel]')?.textContent;
  expect(panel).toContain(`server = ${location.origin} key = YOUR_KEY`);
  expect(panel).not.toContain('{');
});

/** The tools of the gallery: address, name and line. */
const tools = () =>
  [...page.root.querySelectorAll<HTMLElement>('.tools a')].map((link) => [
    link.getAttribute('href'),
    link.querySelector('.t')?.textContent,
    link.querySelector('.small')?.textContent,
  ]);

test('the search finds a tool by its name and by the names of others that send its format', async () => {
  await open('/integrations/new');
  const search = page.root.querySelector('input[type=search]') as HTMLInputElement;
  await page.doing(() => type(search, 'GRAF'));
  expect(tools().map(([, title]) => title)).toEqual(['Alertmanager']);
  expect(location.search).toBe('?q=GRAF');
  await page.doing(() => type(search, 'nothing like this'));
  expect(page.text()).toContain('No tool is called “nothing like this”');
  page.close();
  await open('/integrations/new?q=pager');
  expect(tools().map(([, title]) => title)).toEqual(['Example Pager']);
});

test('an address of a tool that does not exist leads to the gallery', async () => {
  await open('/integrations/new/telegraph');
  expect(page.text()).toContain('There is no such tool');
  expect(page.root.querySelector('.empty a')?.getAttribute('href')).toBe('/integrations/new');
});

test('a viewer cannot add an integration by its address', async () => {
  await open('/integrations/new/alertmanager', {}, { ...ANA, role: 'viewer' });
  expect(page.text()).toContain('Only administrators add integrations');
  expect(page.root.querySelector('form')).toBeNull();
});

test('the steps of the set-up are shown until the first alert has arrived', async () => {
  const at = () => page.root.querySelector('.progress [aria-current]')?.textContent;
  await open(ONE, { listIntegrations: async () => ({ integrations: [integration({ last_seen_at: null })] }) });
  expect(at()).toContain('Set up the tool');
  page.close();
  await open(ONE, { listIntegrations: async () => ({ integrations: [integration()] }) });
  expect(at()).toContain('First event');
  page.close();
  await open(ONE, {
    listIntegrations: async () => ({ integrations: [integration({ first_alert_id: 'a1' })] }),
    get: async () => ({ id: 'a1', decision: [] }) as never,
  });
  expect(at()).toBeUndefined();
});

test('only the placeholders of a snippet are replaced', async () => {
  await open(ONE);
  const tab = [...page.root.querySelectorAll<HTMLElement>('[role=tab]')].find((each) => each.textContent === 'Grafana');
  await page.doing(() => tab?.click());
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain(
    `contactPoints: ${location.origin}/api/v1/integrations/YOUR_KEY/alertmanager $1 {unknown}`,
  );
});

test('a rejected report is shown with its reason, as text', async () => {
  const body = '{"alerts": "<img src=x>"}';
  await open(ONE, { rejected: async () => ({ rejected: [{ at: AT, reason: 'alerts: must be a list', body }] }) });
  expect(page.root.querySelector('details summary')?.textContent).toContain('alerts: must be a list');
  expect(page.root.querySelector('details pre')?.textContent).toContain('<img src=x>');
  expect(page.root.querySelector('details img')).toBeNull();
});

test('a key is revoked only after a dialog, and then the list is shown', async () => {
  await open(ONE);
  await page.doing(() => page.button('Revoke key').click());
  expect(asked).toEqual([]);
  await submit(page);
  expect(asked).toEqual([{ id: integration().id }]);
  expect(location.pathname).toBe('/integrations');
});

test('a revoked integration has no set-up, and a missing one is reported', async () => {
  await open(ONE, { listIntegrations: async () => ({ integrations: [integration({ revoked_at: AT })] }) });
  expect(page.text()).not.toContain('YOUR_KEY');
  page.close();
  await open('/integrations/none');
  expect(page.text()).toContain('There is no such integration');
});

test('a viewer sees neither rejected reports nor a button to revoke', async () => {
  await open(ONE, {}, { ...ANA, role: 'viewer' });
  expect(page.text()).not.toContain('Rejected payloads');
  expect(page.text()).not.toContain('Revoke key');
});

test('the settings are shown, changed with the version that was read, and sent as the server takes them', async () => {
  const changes: unknown[] = [];
  await open(ONE, {
    listIntegrations: async () => ({
      integrations: [
        integration({
          version: '7',
          service: 'checkout',
          team: 'web',
          severity_map: { sev1: 'critical' },
          stale_after: 300,
        }),
      ],
    }),
    updateIntegration: async (input) => {
      changes.push(input);
      return integration();
    },
  });
  expect(page.text()).toContain('checkout');
  expect(page.text()).toContain('sev1 = critical');
  await page.doing(() => page.button('Change settings').click());
  await page.doing(() => type(page.field('service_labels'), 'team, svc'));
  await page.doing(() => type(page.field('severity_map'), 'sev1 = critical\nodd = low'));
  await page.doing(() => page.field('auto_resolve').click());
  await submit(page);
  expect(changes).toEqual([
    {
      ...{ id: integration().id, if_match: '7', name: integration().name, service: 'checkout', team: 'web' },
      ...{ service_labels: ['team', 'svc'], severity_labels: [], severity_map: { sev1: 'critical', odd: 'low' } },
      ...{ auto_resolve: false, stale_after: 300, resolve_expired: false, rate_per_minute: null },
    },
  ]);
  expect(page.root.querySelector('dialog')).toBeNull();
});

test('the secret of a signature is offered for tools that sign, sent only if typed, and deleted by a tick', async () => {
  const changes: unknown[] = [];
  const signing = { ...(FORMATS[0] as Format), signature_header: 'X-Signature' };
  const ports = {
    formats: async () => ({ formats: [signing] }),
    listIntegrations: async () => ({ integrations: [integration({ signed: true })] }),
    updateIntegration: async (input: object) => {
      changes.push(input);
      return integration();
    },
  };
  await open(ONE, ports);
  expect(page.text()).toContain('Requests without a valid signature are refused');
  for (const act of [
    () => {},
    () => type(page.field('signature_secret'), ' s3cret'),
    () => page.field('unsigned').click(),
  ]) {
    await page.doing(() => page.button('Change settings').click());
    expect(page.field('signature_secret').getAttribute('type')).toBe('password');
    await page.doing(act);
    await submit(page);
  }
  expect(changes.map((change) => (change as { signature_secret?: string }).signature_secret)).toEqual([
    undefined,
    ' s3cret',
    null,
  ]);
});

test('a line of the severity map that is no pair is refused at its field', async () => {
  await open(ONE);
  await page.doing(() => page.button('Change settings').click());
  await page.doing(() => type(page.field('severity_map'), 'critical'));
  await submit(page);
  expect(page.root.querySelector('dialog .fault')?.textContent).toContain('Each line is a word');
});

test('a rotated key is shown once, with the end of the old one', async () => {
  let old_key: Integration['old_key'] = null;
  await open(ONE, {
    listIntegrations: async () => ({ integrations: [integration({ old_key })] }),
    rotateKey: async (input) => {
      asked.push(input);
      old_key = { key_prefix: 'tsi_abcd', ends_at: AT };
      return { ...made, old_key };
    },
  });
  await page.doing(() => page.button('Rotate key').click());
  await submit(page);
  expect(asked).toEqual([{ id: integration().id, overlap_hours: 24 }]);
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain(KEY);
  expect(page.text()).toContain('begins with tsi_abcd, ends');
});

test('counters and the last reason of a rejection are shown', async () => {
  const last_rejection = { at: AT, reason: 'alerts: Must be a list' };
  const counters = { accepted: 1200, deduplicated: 900, rejections: 4, rate_limited: 7, last_rejection };
  await open(ONE, { listIntegrations: async () => ({ integrations: [integration(counters)] }) });
  expect(page.text()).toContain('1,200 900 of them repeated an alert');
  expect(page.text()).toContain('alerts: Must be a list');
});

test('the page waits for the first event, then shows it with its decision and a link to its alert', async () => {
  await open(ONE, { listIntegrations: async () => ({ integrations: [integration({ last_seen_at: null })] }) });
  expect(page.root.querySelector('.banner')?.textContent).toContain('Waiting for the first event');
  page.close();
  const decision = [{ stage: 'rule', id: 'r1', rule: 'Staging is quiet', did: 'set severity low' }];
  const decided = { decision, incident_id: 'i1' };
  const alert = { id: 'a1', message: 'Disk full', service: 'ledger', severity: 'high', created_at: AT, ...decided };
  await open(ONE, {
    listIntegrations: async () => ({ integrations: [integration({ first_alert_id: 'a1' })] }),
    get: async () => alert as never,
  });
  expect(page.root.querySelector('a[href="/alerts/a1"]')?.textContent).toBe('Disk full');
  expect(page.text()).toContain('Staging is quiet');
  expect(page.root.querySelector('a[href="/incidents/i1"]')).not.toBeNull();
  expect(page.text()).not.toContain('Waiting for the first event');
});

test('a viewer sees settings and counters, and can change neither settings nor key', async () => {
  await open(ONE, {}, { ...ANA, role: 'viewer' });
  expect(page.text()).toContain('Resolves incidents');
  expect(page.text()).not.toContain('Change settings');
  expect(page.text()).not.toContain('Rotate key');
});
