/** @jest-environment @happy-dom/jest-environment */
import { invalid, Problem } from '../../src/kernel/problem';
import type { Ports } from '../ports';
import { ANA, type ShownPage, showPage, submit, type } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import { ServicesPage } from './ServicesPage';

type Oncall = Ports['oncall'];
const OWNED = [
  { service: 'checkout', team: 'payments' },
  { service: 'search', team: 'storefront' },
];

let page: ShownPage;
let asked: unknown[];

async function open(fakes: Partial<Oncall> = {}, url = '/services', who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  page = await showPage(
    <>
      <ServicesPage />
      <Toasts />
    </>,
    {
      oncall: {
        services: async () => OWNED,
        teams: async () =>
          ['payments', 'storefront'].map((team) => ({
            team,
            members_count: 2,
            rotation_type: 'weekly' as const,
            has_override: false,
            room: null,
            handoff_notice_minutes: null,
          })),
        setService: async (input) => {
          asked.push(input);
          return input;
        },
        deleteService: async (input) => {
          asked.push(input);
          return { status: 'deleted' as const, service: input.service } as never;
        },
        ...fakes,
      },
    },
    url,
    who,
  );
}

const rows = () => [...page.root.querySelectorAll('tbody tr')].map((row) => row.querySelector('a.t')?.textContent);

afterEach(() => {
  unsay();
  page.close();
});

test('each service is shown with its owner, and leads to its incidents', async () => {
  await open();
  expect(rows()).toEqual(['checkout', 'search']);
  expect(page.text()).toContain('Two services with an owner');
  expect(page.root.querySelector('a.t')?.getAttribute('href')).toBe('/incidents?service=checkout');
});

test('the search looks at service and team, and stands in the address', async () => {
  await open({}, '/services?q=STORE');
  expect(rows()).toEqual(['search']);
  const field = page.root.querySelector<HTMLInputElement>('#search') as HTMLInputElement;
  await page.doing(() => type(field, 'nothing'));
  expect(location.search).toBe('?q=nothing');
  expect(page.text()).toContain('No service matches');
});

test('an owner is set for a service that is named', async () => {
  await open();
  await page.doing(() => page.button('Set owner').click());
  await page.doing(() => type(page.field('service'), ' ledger '));
  await page.doing(() => type(page.field('team'), 'payments'));
  await submit(page);
  expect(asked).toEqual([{ service: 'ledger', team: 'payments' }]);
  expect(page.text()).toContain('ledger belongs to payments');
});

test('what the server finds wrong is said at its field, and the dialog stays', async () => {
  await open({
    setService: async () => {
      throw invalid([{ path: 'team', message: 'There is no such team' }]);
    },
  });
  await page.doing(() => page.button('Change owner: search').click());
  await submit(page);
  expect(page.root.querySelector('dialog .fault')?.textContent).toBe('There is no such team');
});

test('an owner is forgotten only after a question', async () => {
  await open();
  await page.doing(() => page.button('Forget: checkout').click());
  expect(asked).toEqual([]);
  await submit(page);
  expect(asked).toEqual([{ service: 'checkout' }]);
});

test('who may only look is offered nothing', async () => {
  await open({}, '/services', { ...ANA, role: 'viewer' });
  expect(rows()).toHaveLength(2);
  expect(page.root.querySelectorAll('button')).toHaveLength(0);
});

test('what could not be asked is a sentence with its request, and a way to ask again', async () => {
  let fails = true;
  await open({
    services: async () => {
      if (fails) throw new Problem('unavailable', 'Try again', { request_id: '7f3a19c2-1' });
      return OWNED;
    },
  });
  expect(page.root.querySelector('[role=alert]')?.textContent).toContain('Try again. Request 7f3a19c2.');
  fails = false;
  await page.doing(() => page.button('Try again').click());
  expect(rows()).toEqual(['checkout', 'search']);
});

test('without any service it says what an owner is for', async () => {
  await open({ services: async () => [] });
  expect(page.text()).toContain('No service has an owner yet');
  expect(page.root.querySelector('#search')).toBeNull();
});
