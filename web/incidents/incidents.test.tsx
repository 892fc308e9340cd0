/** @jest-environment @happy-dom/jest-environment */
import type { Incident } from '../../src/incidents/contract';
import { Problem } from '../../src/kernel/ports/problem';
import { lastHeartbeatAt, publishEvent } from '../live/connection';
import type { Ports } from '../ports';
import { useKeyboard, useKeys } from '../shell/keys';
import { anIncident, closePage, press, type ShownPage, settled, showPage, submit, type } from '../testing/page';
import { now } from '../ui/times';
import { Toasts, undoShownChange, unsay } from '../ui/toast';
import { IncidentsPage } from './IncidentsPage';

/** The page with the keys and toasts of the shell. */
function Shown() {
  useKeyboard();
  useKeys({ u: undoShownChange });
  return (
    <>
      <IncidentsPage />
      <Toasts />
    </>
  );
}

type Asked = Parameters<Ports['incidents']['list']>[0];
let page: ShownPage;
let asked: Asked[];
let updates: unknown[];

const COUNTS = { open: 2, acknowledged: 0, in_progress: 0, resolved: 0 };

async function open(
  rows: Incident[],
  { url = '/incidents', update }: { url?: string; update?: Ports['incidents']['update'] } = {},
): Promise<void> {
  asked = [];
  updates = [];
  page = await showPage(
    <Shown />,
    {
      incidents: {
        list: async (input) => {
          if (input.reach === 'no_one') return reachedNoOne(rows);
          asked.push(input);
          return { incidents: [...rows], total: rows.length, page: 1, per_page: 25, counts: COUNTS };
        },
        bulk: async (input) => {
          updates.push(input);
          return { results: input.ids.map((id) => ({ id, done: true, incident: null, problem: null })) };
        },
        undoBulk: async ({ ids }) => {
          updates.push({ undo: ids });
          const results = ids.map((id, n) => ({
            id,
            done: n === 0,
            incident: n === 0 ? (rows.find((row) => row.id === id) ?? null) : null,
            problem: n === 0 ? null : { kind: 'conflict', detail: 'The incident was changed meanwhile' },
          }));
          return { results };
        },
        update:
          update ??
          (async (input) => {
            updates.push(input);
            const row = rows.find(({ id }) => id === input.id) as Incident;
            return { ...row, status: 'acknowledged', updated_at: new Date().toISOString() };
          }),
      },
      gateway: { seenServices: async () => ({ services: [] }) as never },
      oncall: {
        teams: async () => [{ team: 'payments' }] as never,
        people: async () => [],
        setService: async (input) => {
          updates.push(input);
          return input as never;
        },
      },
    },
    url,
  );
}

function reachedNoOne(rows: readonly Incident[]) {
  const incidents = rows.filter(({ reach, status }) => reach === 'no_one' && status !== 'resolved');
  return { incidents, total: incidents.length, page: 1, per_page: 100, counts: COUNTS };
}

const stateOf = (title: string): string => {
  const row = [...page.root.querySelectorAll('tbody tr')].find((each) => each.textContent?.includes(title));
  return row?.querySelector('.state')?.textContent ?? 'no such row';
};

beforeEach(() => {
  now.value = Date.now();
  lastHeartbeatAt.value = now.value;
});
afterEach(() => {
  unsay();
  closePage();
});

test('a row shows severity and state in words, and its title without them', async () => {
  const incident = anIncident({ title: '[HIGH] checkout: Payments fail' });
  await open([incident]);
  const row = page.root.querySelector('tbody tr');
  expect(row?.querySelector('a.t')?.textContent).toBe('Payments fail');
  expect(row?.querySelector('a.t')?.getAttribute('href')).toBe(`/incidents/${incident.id}`);
  expect(row?.textContent).toContain('High');
  expect(row?.querySelector('.state')?.textContent).toBe('Unacknowledged');
});

test('a row says that its incident flaps', async () => {
  await open([anIncident({ flapping: true }), anIncident()]);
  const rows = [...page.root.querySelectorAll('tbody tr')].map((row) => row.textContent?.includes('flapping'));
  expect(rows).toEqual([true, false]);
});

test('the address holds the view: filters and page are sent to the server', async () => {
  await open([anIncident()], { url: '/incidents?status=open&severity=high&assignee=me&q=pay&sort=severity&page=3' });
  const question = {
    status: 'open',
    severity: 'high',
    mine: 'true',
    q: 'pay',
    sort: 'severity',
    order: 'asc',
    page: 3,
  };
  expect(asked[0]).toMatchObject(question);
});

test('the most urgent incidents are asked for first', async () => {
  await open([anIncident()]);
  expect(asked[0]).toMatchObject({ sort: 'urgency', order: 'desc' });
});

test('a critical incident that reached no one is named in a banner, which can reassign it', async () => {
  const lost = anIncident({ severity: 'critical', reach: 'no_one', title: 'Payments are down' });
  await open([lost, anIncident({ reach: 'no_one' }), anIncident({ severity: 'critical' })]);
  const banner = page.root.querySelector('.no-one');
  expect(banner?.querySelector('[role=alert]')?.textContent).toBe('1 critical and 1 high incident reached no one');
  expect(banner?.querySelector('li a')?.getAttribute('href')).toBe(`/incidents/${lost.id}`);
  await page.doing(() => page.button('Assign').click());
  await settled();
  await page.doing(() => type(page.field('assigned_to'), 'ana@example.com'));
  await submit(page);
  expect(updates).toEqual([{ id: lost.id, assigned_to: 'ana@example.com' }]);
});

test('the banner sets the owner of the service', async () => {
  await open([anIncident({ severity: 'critical', reach: 'no_one', service: 'ledger', team: null })]);
  await page.doing(() => page.button('Set owner').click());
  await settled();
  await page.doing(() => type(page.field('team'), 'payments'));
  await submit(page);
  expect(updates).toEqual([{ service: 'ledger', team: 'payments' }]);
});

test('an incident that reaches no one appears without a reload, and leaves the banner once a person is reached', async () => {
  const rows = [anIncident({ severity: 'critical', reach: 'pending' })];
  await open(rows);
  expect(page.root.querySelector('.no-one')).toBeNull();
  const turns = async (reach: Incident['reach'], kind: string) => {
    rows[0] = { ...(rows[0] as Incident), reach };
    const shown = reach === 'no_one';
    publishEvent({ id: '1', module: 'incidents', kind, subject: '', actor: '', at: '', data: {} });
    for (let turn = 0; turn < 300 && (page.root.querySelector('.no-one') !== null) !== shown; turn++) await settled();
    return page.root.querySelector('.no-one') !== null;
  };
  expect(await turns('no_one', 'incident_nobody_reached')).toBe(true);
  expect(await turns('reached', 'incident_paged')).toBe(false);
});

test('Open shows every incident that is not resolved, and Unacknowledged has its own count', async () => {
  await open([anIncident()], { url: '/incidents?status=unresolved' });
  expect(asked[0]).toMatchObject({ status: 'open,acknowledged,in_progress' });
  const tabs = [...page.root.querySelectorAll('.tabs a')].map((tab) => tab.textContent);
  expect(tabs.map((text) => text?.replace(/\d+$/, ''))).toEqual([
    'All',
    'Open',
    'Unacknowledged',
    'Acknowledged',
    'In progress',
    'Resolved',
  ]);
});

test('removing a filter changes the address and shows the first page', async () => {
  await open([anIncident()], { url: '/incidents?severity=high&page=3' });
  const chip = page.root.querySelector<HTMLElement>('.chip.set');
  await page.doing(() => chip?.click());
  expect(location.search).toBe('');
  expect(asked.at(-1)).toMatchObject({ page: 1 });
});

test('a acknowledges the row at the cursor at once, and the cursor moves on', async () => {
  const [first, second] = [anIncident({ title: 'First' }), anIncident({ title: 'Second' })];
  await open([first, second]);
  await page.doing(() => press('j'));
  await page.doing(() => press('a'));
  expect(updates).toEqual([{ id: first.id, status: 'acknowledged' }]);
  expect(stateOf('First')).toBe('Acknowledged');
  expect(page.root.querySelector('tr.at')?.textContent).toContain('Second');
});

test('a refused change is taken back, with the reason', async () => {
  const refused = async () => {
    throw new Problem('conflict', 'Ben was faster');
  };
  await open([anIncident({ title: 'First' })], { update: refused });
  await page.doing(() => press('j'));
  await page.doing(() => press('a'));
  expect(stateOf('First')).toBe('Unacknowledged');
  expect(page.text()).toContain('Acknowledge failed. Ben was faster.');
});

test('a key right after another acts on the row that is drawn as selected', async () => {
  await open([anIncident({ title: 'First' })]);
  press('j');
  // The row is drawn as selected; the effects after the drawing have not run yet.
  while (page.root.querySelector('tr.at') === null) await Promise.resolve();
  press('a');
  await settled();
  expect(updates).toMatchObject([{ status: 'acknowledged' }]);
});

test('several rows are selected by x and resolved only after a dialog', async () => {
  await open([anIncident({ title: 'First' }), anIncident({ title: 'Second' })]);
  for (const key of ['j', 'x', 'j', 'x', 'r']) await page.doing(() => press(key));
  expect(updates).toEqual([]);
  expect(page.root.querySelector('dialog')?.textContent).toContain('Resolve two incidents?');
  await page.doing(() => page.button('Resolve two').click());
  expect(updates).toEqual([{ ids: [expect.any(String), expect.any(String)], status: 'resolved' }]);
});

test('a change of several incidents is undone by one key, and a refused one stays', async () => {
  await open([anIncident({ title: 'First' }), anIncident({ title: 'Second' })]);
  for (const key of ['j', 'x', 'j', 'x', 'a']) await page.doing(() => press(key));
  expect(page.text()).toContain('Two acknowledged');
  await page.doing(() => press('u'));
  const [{ ids }] = updates as [{ ids: string[] }];
  expect(updates.slice(1)).toEqual([{ undo: ids }]);
  expect(page.text()).toContain('One undone, 1 changed meanwhile and left as they are');
  await page.doing(() => press('u'));
  expect(updates).toHaveLength(2);
});

test('without a connection no action is possible', async () => {
  await open([anIncident({ title: 'First' })]);
  now.value = (lastHeartbeatAt.value ?? 0) + 60_000;
  await page.doing(() => press('j'));
  await page.doing(() => press('a'));
  expect(updates).toEqual([]);
});

test('a viewer is offered no action', async () => {
  await open([anIncident()]);
  page.close();
  page = await showPage(
    <Shown />,
    {
      incidents: {
        list: async () => ({ incidents: [anIncident()], total: 1, page: 1, per_page: 25, counts: COUNTS }),
      },
      gateway: { seenServices: async () => ({ services: [] }) as never },
    },
    '/incidents',
    { username: 'vic', kind: 'user', role: 'viewer', email: null, expires_at: null },
  );
  expect(page.root.querySelectorAll('input[type=checkbox]')).toHaveLength(0);
  expect(page.text()).not.toContain('New incident');
});

test('a problem of the server is shown as a sentence with its request id', async () => {
  page = await showPage(
    <Shown />,
    {
      incidents: {
        list: () => Promise.reject(new Problem('unavailable', 'Try again', { request_id: '7f3a19c2-1' })),
      },
      gateway: { seenServices: async () => ({ services: [] }) as never },
    },
    '/incidents',
  );
  expect(page.root.querySelector('[role=alert]')?.textContent).toContain('Try again. Request 7f3a19c2.');
});

describe('while a person reads', () => {
  const fact = {
    id: '1',
    module: 'incidents',
    kind: 'incident_created',
    subject: '',
    actor: '',
    at: '',
    data: {},
  } as const;
  const arriving = async () => {
    const before = asked.length;
    publishEvent(fact);
    while (asked.length === before) await settled();
    await settled();
  };
  const titles = () => [...page.root.querySelectorAll('a.t')].map((link) => link.textContent);

  test('new incidents wait behind a button, and appear when it is pressed', async () => {
    const rows = [anIncident({ title: 'First' }), anIncident({ title: 'Second' })];
    await open(rows);
    await page.doing(() => press('j'));
    rows.unshift(anIncident({ title: 'Third' }));
    await arriving();
    expect(titles()).toEqual(['First', 'Second']);
    await page.doing(() => page.button('One incident arrived').click());
    expect(titles()).toEqual(['Third', 'First', 'Second']);
    expect(page.root.querySelector('tr.fresh')?.textContent).toContain('Third');
  });

  test('selected rows hold the list as well', async () => {
    const rows = [anIncident({ title: 'First' })];
    await open(rows);
    await page.doing(() => page.root.querySelector<HTMLElement>('tbody input')?.click());
    rows.unshift(anIncident({ title: 'Second' }));
    await arriving();
    expect(titles()).toEqual(['First']);
  });

  test('an incident that another person moved is marked and stays in place', async () => {
    const rows = [anIncident({ title: 'First' }), anIncident({ title: 'Second' })];
    await open(rows);
    await page.doing(() => press('j'));
    rows.shift();
    await arriving();
    expect(page.root.querySelector('tr.left')?.textContent).toContain('First');
    expect(page.text()).toContain('no longer in this list');
  });

  test('a list without a reader shows new incidents at once', async () => {
    const rows = [anIncident({ title: 'First' })];
    await open(rows);
    rows.unshift(anIncident({ title: 'Second' }));
    await arriving();
    expect(titles()).toEqual(['Second', 'First']);
  });
});
