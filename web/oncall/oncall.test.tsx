/** @jest-environment @happy-dom/jest-environment */
import { invalid, Problem } from '../../src/kernel/ports/problem';
import { lastHeartbeatAt } from '../live/connection';
import type { Ports } from '../ports';
import { ANA, type ShownPage, showPage } from '../testing/page';
import { now } from '../ui/times';
import { Toasts, unsay } from '../ui/toast';
import { changed, earlier, faultAt, firstRows, membersOf, rowOf } from './members';
import { OncallPage } from './OncallPage';

type Oncall = Ports['oncall'];
type Duty = Awaited<ReturnType<Oncall['onCallNow']>>['teams'][number];
type Override = Awaited<ReturnType<Oncall['overrides']>>['overrides'][number];
type Handoff = Awaited<ReturnType<Oncall['nextHandoffs']>>['handoffs'][number];

const BEN = { name: 'Ben Okafor', email: 'ben@example.com' };
const CHEN = { name: 'Chen Wei', email: 'chen@example.com' };
const AT = '2026-03-28T02:00:00.000Z';
const HANDOFF = '2026-03-30T07:00:00.000Z';

const layer = { kind: 'layer' as const, layer: 'weekly', level: 0 };
const onCall = (change: Partial<Duty> = {}): Duty => ({
  team: 'payments',
  primaries: [{ ...BEN, source: layer, relieved_at: HANDOFF }],
  secondaries: [{ ...CHEN, source: layer, relieved_at: null }],
  until: HANDOFF,
  ...change,
});
const handoff = (change: Partial<Handoff> = {}): Handoff => ({
  team: 'payments',
  at: HANDOFF,
  role: 'primary',
  off: [BEN],
  on: [CHEN],
  staying: [],
  ...change,
});
const OVERRIDE: Override = {
  id: '00000000-0000-4000-8000-0000000000b1',
  team: 'payments',
  kind: 'takeover',
  role: 'primary',
  layer: null,
  out: null,
  in: CHEN,
  reason: 'Ben is on a train',
  starts_at: AT,
  ends_at: '2099-01-01T00:00:00.000Z',
  state: 'running',
  plain: false,
  created_by: 'ana',
  created_at: AT,
  version: 'first',
};
const { id, kind, reason } = OVERRIDE;
const byOverride = { kind: 'override' as const, id, override: kind, layer: null, reason };
const overridden: Partial<Oncall> = {
  onCallNow: async () => ({
    at: AT,
    teams: [onCall({ primaries: [{ ...CHEN, source: byOverride, relieved_at: HANDOFF }] })],
  }),
  overrides: async () => ({ total: 1, page: 1, per_page: 1_000, overrides: [OVERRIDE] }),
};
const schedule = {
  id: '00000000-0000-4000-8000-000000000001',
  team: 'payments',
  rotation_type: 'weekly' as const,
  members: [
    { ...BEN, role: 'primary' as const },
    { ...CHEN, role: 'primary' as const },
  ],
  created_at: AT,
  updated_at: null,
  time_zone: 'UTC',
  layers: [],
  layered: false,
  version: '1',
};

let page: ShownPage;
let asked: unknown[][];

const noted =
  <I, O>(name: string, answer: (input: I) => O) =>
  async (input: I): Promise<Awaited<O>> => {
    asked.push([name, input]);
    return await answer(input);
  };

async function open(fakes: Partial<Oncall> = {}, url = '/oncall', who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  const team = {
    team: 'payments',
    members_count: 2,
    rotation_type: 'weekly' as const,
    has_override: false,
    room: null,
    handoff_notice_minutes: null,
  };
  page = await showPage(
    <>
      <OncallPage />
      <Toasts />
    </>,
    {
      oncall: {
        teams: async () => [team],
        people: async () => [BEN, CHEN].map((person) => ({ ...person, time_zone: 'UTC' })),
        onCallNow: async () => ({ at: AT, teams: [onCall()] }),
        overrides: async () => ({ total: 0, page: 1, per_page: 1_000, overrides: [] }),
        nextHandoffs: async () => ({ from: AT, to: AT, total: 1, handoffs: [handoff()] }),
        listSchedules: async () => [schedule],
        escalations: async () => ({ total: 0, page: 1, per_page: 50, escalations: [] }),
        addOverride: noted('addOverride', () => OVERRIDE),
        deleteOverride: noted('deleteOverride', () => OVERRIDE),
        createSchedule: noted('createSchedule', () => schedule),
        deleteSchedule: noted('deleteSchedule', () => ({ status: 'deleted' as const, team: 'payments' })),
        ...fakes,
      },
    },
    url,
    who,
  );
}

const viewer = { ...ANA, username: 'vic', role: 'viewer' as const };
const field = (name: string) => page.root.querySelector<HTMLInputElement>(`[name="${name}"]`) as HTMLInputElement;
const type = (input: HTMLInputElement, text: string) => {
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
};
const submit = () =>
  page.doing(() =>
    page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
  );

beforeEach(() => {
  now.value = Date.now();
  lastHeartbeatAt.value = now.value;
});
afterEach(() => {
  unsay();
  page?.close();
});

describe('who is on call', () => {
  test('is shown per team with the end of the shift, and links to its calendar', async () => {
    await open();
    const card = page.root.querySelector('.cards .card');
    expect(card?.textContent).toMatch(/Ben Okafor.*Primary.*until.*Chen Wei.*Secondary.*with no one after them/);
    expect(card?.querySelector('time')?.getAttribute('datetime')).toBe(HANDOFF);
    expect(card?.querySelector('h2 a')?.getAttribute('href')).toBe('/oncall/payments');
  });

  test('is loaded in three requests for any number of teams', async () => {
    const teams = Array.from({ length: 40 }, (_, n) => onCall({ team: `team ${n}` }));
    const questions: string[] = [];
    const counted = <T,>(name: string, answer: T) => ({
      [name]: async () => {
        questions.push(name);
        return answer;
      },
    });
    await open({
      ...counted('onCallNow', { at: AT, teams }),
      ...counted('overrides', { total: 0, page: 1, per_page: 1_000, overrides: [] }),
      ...counted('nextHandoffs', { from: AT, to: AT, total: 0, handoffs: [] }),
      ...counted('current', null),
    } as Partial<Oncall>);
    expect(page.root.querySelectorAll('.cards .card')).toHaveLength(40);
    expect(questions).toEqual(['onCallNow', 'overrides', 'nextHandoffs']);
  });

  test('shows teams without a person on call', async () => {
    await open({ onCallNow: async () => ({ at: AT, teams: [onCall({ primaries: [], secondaries: [] })] }) });
    expect(page.text()).toContain('a page would reach no one');
    expect(page.text()).toContain('No one is secondary');
  });

  test('offers a viewer no change, but shows the override and its reason', async () => {
    await open(overridden, '/oncall', viewer);
    expect(page.text()).toContain('Ben is on a train');
    expect([...page.root.querySelectorAll('button')].map(({ textContent }) => textContent)).toEqual([
      'OverrideChen Wei',
    ]);
  });
});

describe('the next hand-offs', () => {
  test('list all teams: who starts, who is relieved, and in which team', async () => {
    const handoffs = [handoff(), handoff({ team: 'web', role: 'secondary', on: [], off: [CHEN] })];
    await open({ nextHandoffs: async () => ({ from: AT, to: AT, total: handoffs.length, handoffs }) });
    const rows = [...page.root.querySelectorAll('ol.list > li')];
    expect(rows.map(({ textContent }) => textContent)).toEqual([
      expect.stringMatching(/Chen Wei.*payments.*Primary.*relieves Ben Okafor/),
      expect.stringMatching(/No one.*web.*Secondary.*relieves Chen Wei/),
    ]);
    expect(rows[1]?.querySelector('a')?.getAttribute('href')).toBe('/oncall/web');
  });

  test('show a notice if there are none within a week', async () => {
    await open({ nextHandoffs: async () => ({ from: AT, to: AT, total: 0, handoffs: [] }) });
    expect(page.text()).toContain('No hand-off within a week');
  });
});

describe('an override', () => {
  const set = () => page.doing(() => page.root.querySelector<HTMLButtonElement>('.card .btn')?.click());
  const local = (ms: number) => new Date(ms).toISOString();

  test('is set for a person, a usual length and a reason, in one role', async () => {
    await open();
    await set();
    await page.doing(() => type(field('in-name'), 'Chen Wei'));
    await page.doing(() => page.button('4 h').click());
    await page.doing(() => type(field('reason'), 'Ben is on a train'));
    await submit();
    const [[, sent]] = asked as [[string, { starts_at: string; ends_at: string }]];
    expect(sent).toMatchObject({
      ...{ team: 'payments', kind: 'takeover', role: 'primary', layer: null },
      ...{ in: CHEN, out: null, reason: 'Ben is on a train' },
    });
    expect(local(Date.parse(sent.starts_at) + 4 * 3_600_000)).toBe(sent.ends_at);
    expect(page.text()).toContain('Override set');
    expect(page.root.querySelector('dialog')).toBeNull();
  });

  test('is also set from the top of the page, with a choice of team', async () => {
    await open();
    await page.doing(() => page.root.querySelector<HTMLButtonElement>('.head .btn')?.click());
    expect(page.root.querySelector<HTMLSelectElement>('[name="team"]')?.value).toBe('payments');
    await page.doing(() => type(field('in-name'), 'Chen Wei'));
    await submit();
    expect(asked).toMatchObject([['addOverride', { team: 'payments', in: CHEN }]]);
  });

  test('without a person is refused before a request, and the server’s errors are shown at their fields', async () => {
    await open({
      addOverride: async () => {
        throw invalid([{ path: 'ends_at', message: 'Must be in the future' }]);
      },
    });
    await set();
    await submit();
    expect(page.text()).toContain('Enter the new person.');
    await page.doing(() => type(field('in-name'), 'Chen Wei'));
    await submit();
    const input = field('ends-at');
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
      'Must be in the future',
    );
  });

  test('that is running opens on a click and is ended there', async () => {
    await open(overridden);
    await page.doing(() => page.button('OverrideChen Wei').click());
    expect(page.root.querySelector('dialog')?.textContent).toContain('Chen Wei takes over');
    await page.doing(() => page.button('End it now').click());
    expect(asked).toEqual([['deleteOverride', { id: OVERRIDE.id }]]);
  });

  test('that is half written is kept if the dialog is dismissed by accident', async () => {
    await open();
    await set();
    await page.doing(() => type(field('reason'), 'half a sen'));
    await page.doing(() => page.button('Cancel').click());
    expect(page.text()).toContain('Leave without saving?');
    await page.doing(() => page.button('Stay').click());
    expect(field('reason').value).toBe('half a sen');
  });
});

describe('a schedule', () => {
  const url = '/oncall?tab=schedules';

  test('is created with its members in order', async () => {
    await open({}, url);
    await page.doing(() => page.button('New schedule').click());
    await page.doing(() => type(field('team'), 'search'));
    const inputs = [...page.root.querySelectorAll<HTMLInputElement>('.member input')];
    for (const [i, text] of ['dana@example.com', 'Dana', 'eli@example.com', 'Eli'].entries()) {
      await page.doing(() => type(inputs[i] as HTMLInputElement, text));
    }
    await submit();
    expect(asked).toEqual([
      [
        'createSchedule',
        {
          team: 'search',
          rotation_type: 'weekly',
          members: [
            { name: 'Dana', email: 'dana@example.com', role: 'primary' },
            { name: 'Eli', email: 'eli@example.com', role: 'secondary' },
          ],
        },
      ],
    ]);
  });

  test('shows the error of a member at that member', async () => {
    await open(
      {
        createSchedule: async () => {
          throw invalid([{ path: 'members.1.name', message: 'Must not be blank' }]);
        },
      },
      url,
    );
    await page.doing(() => page.root.querySelector<HTMLButtonElement>('.card .btn')?.click());
    await submit();
    const members = page.root.querySelectorAll('.member');
    expect(members[0]?.querySelector('.fault')).toBeNull();
    expect(members[1]?.querySelector('.fault')?.textContent).toBe('Must not be blank');
  });

  test('is never overwritten by a new one for the same team', async () => {
    await open({}, url);
    await page.doing(() => page.button('New schedule').click());
    await page.doing(() => type(field('team'), 'payments'));
    await submit();
    expect(page.text()).toContain('This team has a schedule already');
    expect(asked).toEqual([]);
  });

  test('that another person saved meanwhile shows their version, and is overwritten only on request', async () => {
    const theirs = { ...schedule, version: '2', members: [{ ...CHEN, role: 'primary' as const }] };
    const matches: unknown[] = [];
    await open(
      {
        getSchedule: async () => theirs,
        createSchedule: async ({ if_match, members }) => {
          matches.push(if_match);
          if (if_match !== '"2"') throw new Problem('stale', 'Somebody else changed this meanwhile.');
          return { ...theirs, members: members ?? [] };
        },
      },
      url,
    );
    await page.doing(() => page.button('Editpayments').click());
    await submit();
    const dialog = () => page.root.querySelector('dialog')?.textContent;
    expect(dialog()).toMatch(/Another person saved this while you were editing it. Theirs has Chen Wei./);
    expect(page.root.querySelectorAll('dialog .banner')).toHaveLength(1);
    await page.doing(() => page.button('Save mine over theirs').click());
    expect(matches).toEqual(['"1"', '"2"']);
    expect(dialog()).toBeUndefined();
    expect(page.text()).toContain('The schedule of payments is saved');
  });

  test("is replaced in the form by the other person's version, and edited further", async () => {
    const theirs = { ...schedule, version: '2', members: [{ ...CHEN, role: 'primary' as const }] };
    await open(
      {
        getSchedule: async () => theirs,
        createSchedule: async () => {
          throw new Problem('stale', 'Somebody else changed this meanwhile.');
        },
      },
      url,
    );
    await page.doing(() => page.button('Editpayments').click());
    await submit();
    await page.doing(() => page.button('Take theirs').click());
    const names = [...page.root.querySelectorAll<HTMLInputElement>('.member input')].map(({ value }) => value);
    expect(names).toEqual([CHEN.email, CHEN.name]);
  });

  test('with layers names each person once, and opens in the layer editor', async () => {
    const members = [...schedule.members, { ...BEN, role: 'secondary' as const }];
    await open({ listSchedules: async () => [{ ...schedule, members, layered: true }] }, url);
    const rows = [...page.root.querySelectorAll('.card li')].map(({ textContent }) => textContent);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toContain('Primary, Secondary');
    const links = [...page.root.querySelectorAll('.card header a')].map((link) => link.getAttribute('href'));
    expect(links).toEqual(['/oncall/payments', '/oncall/payments/edit']);
  });

  test('is deleted only in the version that was shown', async () => {
    await open({}, url);
    await page.doing(() => page.button('Deletepayments').click());
    await submit();
    expect(asked).toEqual([['deleteSchedule', { team: 'payments', if_match: '"1"' }]]);
  });

  test('can be edited by administrators only', async () => {
    await open({}, url, { ...ANA, role: 'responder' });
    expect(page.text()).toContain('Ben Okafor');
    expect(page.root.querySelectorAll('button')).toHaveLength(0);
  });
});

describe('the members of a schedule', () => {
  const rows = ['a', 'b', 'c'].map((name) => rowOf({ name, email: `${name}@example.com` }));
  const names = (of: typeof rows) => of.map(({ name }) => name).join('');

  test('move up by one place, and the first stays', () => {
    expect(names(earlier(rows, rows[2]?.key ?? 0))).toBe('acb');
    expect(names(earlier(rows, rows[0]?.key ?? 0))).toBe('abc');
  });

  test('are sent without empty rows, and errors are shown at the right row', () => {
    const with_gap = [rowOf(), ...changed(rows, rows[0]?.key ?? 0, { name: ' Ana ' })];
    expect(membersOf(with_gap).map(({ name }) => name)).toEqual(['Ana', 'b', 'c']);
    expect(faultAt({ 'members.1.email': 'No address' }, with_gap, rows[1]?.key ?? 0, 'email')).toBe('No address');
    expect(faultAt({ 'members.0.email': 'No address' }, with_gap, with_gap[0]?.key ?? 0, 'email')).toBeUndefined();
  });

  test('begin with a primary and a secondary', () => {
    expect(firstRows().map(({ role }) => role)).toEqual(['primary', 'secondary']);
  });
});

test('escalations are listed newest first, and link to their incident', async () => {
  const escalation = (n: number) => ({
    escalation_id: `00000000-0000-4000-8000-00000000000${n}`,
    team: 'payments',
    incident_id: `00000000-0000-4000-8000-0000000000a${n}`,
    reason: `reason ${n}`,
    escalated_to: BEN,
    step: n,
    told: [],
    timestamp: AT,
  });
  const asked: unknown[] = [];
  const escalations = async (input: unknown) => {
    asked.push(input);
    return { total: 60, page: 1, per_page: 50, escalations: [escalation(1), escalation(2)] };
  };
  await open({ escalations }, '/oncall?tab=escalations');
  expect(asked).toEqual([{ page: 1, per_page: 50 }]);
  const links = [...page.root.querySelectorAll('tbody a.t')];
  expect(links.map((link) => link.textContent)).toEqual(['reason 2', 'reason 1']);
  expect(links[0]?.getAttribute('href')).toBe('/incidents/00000000-0000-4000-8000-0000000000a2');
  const next = page.root.querySelector('a[href="/oncall?tab=escalations&page=2"]');
  expect(next).not.toBeNull();
});

test('a person on call who cannot be reached has a badge with a link to how they are reached', async () => {
  const weak = { ...BEN, teams: ['payments'], on_call_from: AT, reachable: false, ways: null, failing: [] };
  const concerns = [{ kind: 'unreachable' as const, since: null }];
  const reached = { at: AT, known: true, people: [{ ...weak, why_not: 'disabled', concerns }] };
  await open({ onCallReach: async () => reached });
  const badge = [...page.root.querySelectorAll('.badge')].find(
    ({ textContent }) => textContent === 'Cannot be reached',
  );
  expect(badge?.closest('a')?.getAttribute('href')).toBe(`/people/${encodeURIComponent(BEN.email)}`);
});
