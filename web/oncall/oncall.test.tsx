/** @jest-environment @happy-dom/jest-environment */
import { invalid, Problem } from '../../src/kernel/problem';
import { heardAt } from '../live/connection';
import type { Ports } from '../ports';
import { ANA, type ShownPage, showPage } from '../testing/page';
import { now } from '../ui/times';
import { Toasts, unsay } from '../ui/toast';
import { changed, earlier, faultAt, firstRows, membersOf, rowOf } from './members';
import { OncallPage } from './OncallPage';

type Oncall = Ports['oncall'];
type Current = Awaited<ReturnType<Oncall['current']>>;

const BEN = { name: 'Ben Okafor', email: 'ben@example.com' };
const CHEN = { name: 'Chen Wei', email: 'chen@example.com' };
const AT = '2026-03-28T02:00:00.000Z';

const onCall = (change: Partial<Current> = {}): Current => ({
  team: 'payments',
  primary: BEN,
  secondary: CHEN,
  schedule_id: '00000000-0000-4000-8000-000000000001',
  rotation_type: 'weekly',
  at: AT,
  primaries: [],
  secondaries: [],
  until: null,
  ...change,
});
const overridden = onCall({
  primary: { ...CHEN, override: true, reason: 'Ben is on a train', expires_at: '2099-01-01T00:00:00.000Z' },
});
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
        current: async () => onCall(),
        listSchedules: async () => [schedule],
        escalations: async () => [],
        setOverride: noted('setOverride', ({ team: of, user_name }) => ({
          status: 'override_set' as const,
          team: of,
          overridden_to: user_name,
          duration_hours: 8,
          expires_at: AT,
        })),
        removeOverride: noted('removeOverride', ({ team: of }) => ({ status: 'override_removed' as const, team: of })),
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
  heardAt.value = now.value;
});
afterEach(() => {
  unsay();
  page?.close();
});

describe('who is on call', () => {
  test('is said per team, with who comes next', async () => {
    await open();
    expect(page.text()).toContain('Ben Okafor');
    expect(page.text()).toContain('Chen Wei');
  });

  test('says of an override until when it holds and why', async () => {
    await open({ current: async () => overridden });
    expect(page.root.querySelector('.badge')?.textContent).toBe('Override');
    expect(page.text()).toContain('because: Ben is on a train');
    expect(page.root.querySelector('time')?.getAttribute('datetime')).toBe('2099-01-01T00:00:00.000Z');
  });

  test('says where nobody is', async () => {
    await open({
      current: async () => {
        throw new Problem('not-found', 'Nobody is on call');
      },
    });
    expect(page.text()).toContain('a page would reach nobody');
  });

  test('offers nothing to whoever may only look', async () => {
    await open({ current: async () => overridden }, '/oncall', viewer);
    expect(page.root.querySelectorAll('button')).toHaveLength(0);
  });
});

describe('an override', () => {
  test('is set for a person, some hours and a reason', async () => {
    await open();
    await page.doing(() => page.root.querySelectorAll<HTMLButtonElement>('.card .btn')[0]?.click());
    await page.doing(() => type(field('duration_hours'), '4'));
    await page.doing(() => type(field('reason'), 'Ben is on a train'));
    await submit();
    expect(asked).toEqual([
      [
        'setOverride',
        {
          team: 'payments',
          user_name: 'Ben Okafor',
          user_email: 'ben@example.com',
          duration_hours: 4,
          reason: 'Ben is on a train',
        },
      ],
    ]);
    expect(page.text()).toContain('Ben Okafor is on call for payments');
    expect(page.root.querySelector('dialog')).toBeNull();
  });

  test('that the server refuses keeps the dialog, with the fault at its field', async () => {
    await open({
      setOverride: async () => {
        throw invalid([{ path: 'duration_hours', message: 'At most 168' }]);
      },
    });
    await page.doing(() => page.root.querySelectorAll<HTMLButtonElement>('.card .btn')[0]?.click());
    await submit();
    const input = field('duration_hours');
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toBe('At most 168');
  });

  test('ends only after a question', async () => {
    await open({ current: async () => overridden });
    await page.doing(() => page.button('End override').click());
    expect(asked).toEqual([]);
    expect(page.text()).toContain('End the override of Chen Wei for payments?');
    await submit();
    expect(asked).toEqual([['removeOverride', { team: 'payments' }]]);
  });

  test('half written is not lost by a slip', async () => {
    await open();
    await page.doing(() => page.root.querySelectorAll<HTMLButtonElement>('.card .btn')[0]?.click());
    await page.doing(() => type(field('reason'), 'half a sen'));
    await page.doing(() => page.button('Cancel').click());
    expect(page.text()).toContain('Leave without saving?');
    await page.doing(() => page.button('Stay').click());
    expect(field('reason').value).toBe('half a sen');
  });
});

describe('a schedule', () => {
  const url = '/oncall?tab=schedules';

  test('is made with members in their order', async () => {
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

  test('shows the fault of a member at that member', async () => {
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

  test('is offered for editing to administrators only', async () => {
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

  test('that say nothing are not sent, and faults are still found at the right one', () => {
    const with_gap = [rowOf(), ...changed(rows, rows[0]?.key ?? 0, { name: ' Ana ' })];
    expect(membersOf(with_gap).map(({ name }) => name)).toEqual(['Ana', 'b', 'c']);
    expect(faultAt({ 'members.1.email': 'No address' }, with_gap, rows[1]?.key ?? 0, 'email')).toBe('No address');
    expect(faultAt({ 'members.0.email': 'No address' }, with_gap, with_gap[0]?.key ?? 0, 'email')).toBeUndefined();
  });

  test('begin with one who is paged and one who is paged next', () => {
    expect(firstRows().map(({ role }) => role)).toEqual(['primary', 'secondary']);
  });
});

test('escalations are told newest first, and lead to their incident', async () => {
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
  await open({ escalations: async () => [escalation(1), escalation(2)] }, '/oncall?tab=escalations');
  const links = [...page.root.querySelectorAll('tbody a.t')];
  expect(links.map((link) => link.textContent)).toEqual(['reason 2', 'reason 1']);
  expect(links[0]?.getAttribute('href')).toBe('/incidents/00000000-0000-4000-8000-0000000000a2');
});
