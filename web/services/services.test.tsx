/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { invalid, Problem } from '../../src/kernel/ports/problem';
import type { Ports } from '../ports';
import { ANA, anIncident, closePage, type ShownPage, settled, showPage, submit, type } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import { ServicePage } from './ServicePage';
import { ServicesPage } from './ServicesPage';
import type { Listed, Seen } from './view';

type Fakes = { [M in 'oncall' | 'gateway' | 'incidents']?: Partial<Ports[M]> };

const aService = (over: Partial<Seen> = {}): Seen => ({
  service: 'checkout',
  team: 'payments',
  owned_by: 'registry',
  has_schedule: true,
  open_incidents: 0,
  unacknowledged_incidents: 0,
  incidents: { last_7d: 0, last_30d: 0 },
  alerts: { last_7d: 0, last_30d: 0 },
  ...over,
});
const UNOWNED = aService({ service: 'ledger', team: null, owned_by: null, has_schedule: false, open_incidents: 2 });
const NOISY = aService({ incidents: { last_7d: 2, last_30d: 9 }, alerts: { last_7d: 31, last_30d: 80 } });
const listed = (services: Seen[], over: Partial<Listed> = {}): Listed => ({
  total: services.length,
  unowned: services.filter(({ has_schedule }) => !has_schedule).length,
  truncated: false,
  page: 1,
  per_page: 50,
  services,
  ...over,
});

let page: ShownPage;
let asked: unknown[];
let questions: unknown[];

async function open(fakes: Fakes = {}, url = '/services', who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  questions = [];
  const person = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com` });
  page = await showPage(
    <>
      <Router>
        <Route path="/services" component={ServicesPage} />
        <Route path="/services/:service" component={ServicePage} />
      </Router>
      <Toasts />
    </>,
    {
      gateway: {
        seenServices: async (input) => {
          questions.push(input);
          const all = [UNOWNED, NOISY];
          return listed(input.service === undefined ? all : all.filter(({ service }) => service === input.service));
        },
        ...fakes.gateway,
      },
      incidents: {
        list: async () => {
          const incidents = [anIncident({ title: 'Payments fail' })];
          return { incidents, total: 1, page: 1, per_page: 50, counts: {} as never };
        },
        ...fakes.incidents,
      },
      alerts: {
        listServiceWindows: async ({ service = '' }) => ({ windows: [{ service, minutes: 45 }] }),
        setServiceWindow: async (input) => {
          asked.push(input);
          return input;
        },
      },
      oncall: {
        teams: async () => ['payments', 'storefront'].map((team) => ({ team }) as never),
        people: async () => [],
        onCallNow: async () =>
          ({
            at: '2026-03-28T02:12:04.000Z',
            teams: [{ team: 'payments', primaries: [{ ...person('Ana'), relieved_at: null }], secondaries: [] }],
          }) as never,
        getPolicy: async () =>
          ({
            team: 'payments',
            steps: [{ targets: [{ kind: 'schedule', team: 'payments', role: 'primary' }], wait_minutes: 5 }],
            repeat: 0,
            ack_timeout_minutes: null,
            support_hours: null,
          }) as never,
        dependenciesOf: async ({ service }) => ({
          ...{ service, version: 'v1' },
          depends_on: [{ service: 'database', grace_seconds: 60 }],
          needed_by: [{ service: 'shop', grace_seconds: 0 }],
        }),
        setDependencies: async (input) => {
          asked.push(input);
          return { ...input, version: 'v2', needed_by: [] } as never;
        },
        setService: async (input) => {
          asked.push(input);
          return input;
        },
        deleteService: async (input) => {
          asked.push(input);
          return { status: 'deleted' as const, service: input.service } as never;
        },
        ...fakes.oncall,
      },
    },
    url,
    who,
  );
  await settled();
}

const rows = () => [...page.root.querySelectorAll('tbody tr')].map((row) => row.querySelector('a.t')?.textContent);
const rowOf = (service: string) =>
  [...page.root.querySelectorAll('tbody tr')].find((row) => row.querySelector('a.t')?.textContent === service);

afterEach(() => {
  unsay();
  closePage();
});

describe('the list of services', () => {
  test('starts with the number of services without a responder, and shows those in red with a button to set their owner', async () => {
    await open();
    expect(page.root.querySelector('h1')?.textContent).toBe('One service pages no one');
    expect(rows()).toEqual(['ledger', 'checkout']);
    expect(rowOf('ledger')?.querySelector('.badge.bad')?.textContent).toBe('No owner');
    await page.doing(() => page.button('Set owner: ledger').click());
    await page.doing(() => type(page.field('team'), 'payments'));
    await submit(page);
    expect(asked).toEqual([{ service: 'ledger', team: 'payments' }]);
    expect(page.text()).toContain('ledger belongs to payments');
  });

  test('shows how many alerts each service has, and links to its page', async () => {
    await open();
    expect(rowOf('checkout')?.textContent).toContain('2 incidents, 31 alerts in 7 days');
    expect(rowOf('ledger')?.textContent).toContain('2 open');
    expect(rowOf('checkout')?.querySelector('a.t')?.getAttribute('href')).toBe('/services/checkout');
  });

  test('warns of a team without a schedule, and names the rule that set the owner', async () => {
    const gone = aService({ service: 'mail', team: 'old', has_schedule: false });
    const named = aService({ service: 'search', team: 'search', owned_by: 'name' });
    await open({ gateway: { seenServices: async () => listed([gone, named]) } });
    expect(rowOf('mail')?.querySelector('.badge.bad')?.textContent).toBe('old has no schedule');
    expect(rowOf('search')?.textContent).toContain('by its name');
  });

  test('is searched and paged by the server, and the address holds that', async () => {
    await open({}, '/services?q=pay&page=2');
    expect(questions[0]).toEqual({ q: 'pay', page: 2, per_page: 50 });
  });

  test('an owner is set for a service that the person names', async () => {
    await open();
    await page.doing(() => page.button('Set owner').click());
    await page.doing(() => type(page.field('service'), ' printer '));
    await page.doing(() => type(page.field('team'), 'payments'));
    await submit(page);
    expect(asked).toEqual([{ service: 'printer', team: 'payments' }]);
  });

  test('an error of the server is shown at its field, and the dialog stays open', async () => {
    await open({
      oncall: {
        setService: async () => {
          throw invalid([{ path: 'team', message: 'There is no such team' }]);
        },
      },
    });
    await page.doing(() => page.button('Change owner: checkout').click());
    await submit(page);
    expect(page.root.querySelector('dialog .fault')?.textContent).toBe('There is no such team');
  });

  test('an owner is removed only after a dialog', async () => {
    await open();
    await page.doing(() => page.button('Remove: checkout').click());
    expect(asked).toEqual([]);
    await submit(page);
    expect(asked).toEqual([{ service: 'checkout' }]);
  });

  test('a viewer is offered no change', async () => {
    await open({}, '/services', { ...ANA, role: 'viewer' });
    expect(rows()).toHaveLength(2);
    expect(page.root.querySelectorAll('button')).toHaveLength(0);
  });

  test('a failed request is a sentence with its request id, and a button that retries', async () => {
    let fails = true;
    const seenServices = async () => {
      if (fails) throw new Problem('unavailable', 'Try again', { request_id: '7f3a19c2-1' });
      return listed([NOISY]);
    };
    await open({ gateway: { seenServices } });
    expect(page.root.querySelector('[role=alert]')?.textContent).toContain('Try again. Request 7f3a19c2.');
    fails = false;
    await page.doing(() => page.button('Try again').click());
    expect(rows()).toEqual(['checkout']);
  });

  test('without any service it explains when one is listed', async () => {
    await open({ gateway: { seenServices: async () => listed([]) } });
    expect(page.text()).toContain('No services yet');
  });
});

describe('the page of a service', () => {
  test('shows owner, on-call responder, policy, open incidents and number of alerts', async () => {
    await open({}, '/services/checkout');
    const text = page.text();
    for (const said of ['Owned by payments', 'Ana', 'Primary of payments', 'Payments fail', '9 in 30 days', '31']) {
      expect(text).toContain(said);
    }
  });

  test('names the rule that set its owner', async () => {
    const asDefault = aService({ service: 'mail', team: 'catch-all', owned_by: 'default' });
    await open({ gateway: { seenServices: async () => listed([asDefault]) } }, '/services/mail');
    expect(page.text()).toContain('Owned by catch-all, the default team');
  });

  test('warns if the service has no responder, and can set the owner', async () => {
    await open({}, '/services/ledger');
    expect(page.root.querySelector('[role=alert]')?.textContent).toContain('No team owns this service');
    await page.doing(() => page.button('Set owner').click());
    await page.doing(() => type(page.field('team'), 'storefront'));
    await submit(page);
    expect(asked).toEqual([{ service: 'ledger', team: 'storefront' }]);
  });

  test('opens the dialog at once if the address asks for it', async () => {
    await open({}, '/services/ledger?set=owner');
    expect(page.root.querySelector('dialog')?.textContent).toContain('Owner of ledger?');
  });

  test('reports a service that no module has seen', async () => {
    await open({}, '/services/unheard-of');
    expect(page.text()).toContain('No module has seen this service');
  });

  test('shows the services it depends on and those that need it, each with a link', async () => {
    await open({}, '/services/checkout');
    const side = (title: string) => page.root.querySelector(`section[aria-label="${title}"]`);
    expect(side('Depends on')?.textContent).toContain('databasealerts wait 60 s for it');
    expect(side('Needed by')?.querySelector('a')?.getAttribute('href')).toBe('/services/shop');
    expect(side('Needed by')?.textContent).toContain('alerts do not wait for it');
  });

  test('adds a dependency to the list that was shown', async () => {
    await open({}, '/services/checkout');
    await page.doing(() => page.button('Add').click());
    await page.doing(() => type(page.field('depends_on'), 'queue'));
    await page.doing(() => type(page.field('grace_seconds'), '30'));
    await submit(page);
    const depends_on = [
      { service: 'database', grace_seconds: 60 },
      { service: 'queue', grace_seconds: 30 },
    ];
    expect(asked).toEqual([{ service: 'checkout', if_match: '"v1"', depends_on }]);
    expect(page.text()).toContain('checkout depends on queue');
  });

  test('shows a refused cycle at its field', async () => {
    const message = 'Services must not depend on each other: checkout → shop → checkout';
    const setDependencies = async () => {
      throw invalid([{ path: 'depends_on', message }]);
    };
    await open({ oncall: { setDependencies } }, '/services/checkout');
    await page.doing(() => page.button('Add').click());
    await page.doing(() => type(page.field('depends_on'), 'shop'));
    await submit(page);
    expect(page.root.querySelector('dialog .fault')?.textContent).toBe(message);
  });

  test('removes a dependency after a dialog', async () => {
    await open({}, '/services/checkout');
    await page.doing(() => page.button('Remove: database').click());
    expect(asked).toEqual([]);
    await submit(page);
    expect(asked).toEqual([{ service: 'checkout', if_match: '"v1"', depends_on: [] }]);
  });

  test('shows the correlation window, and an empty field returns to the usual one', async () => {
    await open({}, '/services/checkout');
    const card = [...page.root.querySelectorAll('.card')].find((each) => each.textContent?.startsWith('Correlation'));
    expect(card?.textContent).toContain('After 45 minutes without an alert, the next one opens a new incident.');
    await page.doing(() => [...(card?.querySelectorAll('button') ?? [])][0]?.click());
    await page.doing(() => type(page.field('minutes'), ''));
    await submit(page);
    expect(asked).toEqual([{ service: 'checkout', minutes: null }]);
  });

  test('offers a viewer no change of dependencies', async () => {
    await open({}, '/services/checkout', { ...ANA, role: 'viewer' });
    expect(page.text()).toContain('database');
    expect(page.root.querySelectorAll('[aria-label="Remove: database"]')).toHaveLength(0);
  });
});
