/** @jest-environment @happy-dom/jest-environment */
import { Problem } from '../../src/kernel/problem';
import { heardAt } from '../live/connection';
import { answerWith, type Ports } from '../ports';
import { anIncident, type ShownPage, showPage } from '../testing/page';
import { now } from '../ui/times';
import { EscalationCall } from './Clock';
import type { Whole } from './happened';
import { nextWhom } from './nextWhom';

type Oncall = Ports['oncall'];
type Policy = Awaited<ReturnType<Oncall['getPolicy']>>;
type Target = Policy['steps'][number]['targets'][number];

const source = { kind: 'layer', layer: 'weekly', level: 0 } as const;
const duty = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com`, source });
const primary = { kind: 'schedule', team: 'web', role: 'primary', or_primary: false } as const;
const secondary = { kind: 'schedule', team: 'web', role: 'secondary', or_primary: true } as const;
const AT = '2026-03-28T02:17:00.000Z';

/** On call with a policy of these steps, and whoever has the roles at an instant. */
function oncallWith(steps: readonly Target[][], holds: Partial<Record<'primary' | 'secondary', string[]>> = {}) {
  const asked: unknown[] = [];
  const oncall: Partial<Oncall> = {
    getPolicy: async () => ({ steps: steps.map((targets) => ({ targets, wait_minutes: 5 })) }) as unknown as Policy,
    people: async () => [{ name: 'Dana Novak', email: 'dana@example.com', time_zone: 'UTC' }],
    current: async (input) => {
      asked.push(input);
      const of = (role: 'primary' | 'secondary') => (holds[role] ?? []).map(duty);
      if (of(input.role ?? 'primary').length === 0) throw new Problem('not-found', 'Nobody is on call');
      return { primaries: of('primary'), secondaries: of('secondary') } as unknown as Awaited<
        ReturnType<Oncall['current']>
      >;
    },
  };
  return { oncall, asked };
}
const whomOf = async (steps: readonly Target[][], holds = {}, step = 1) => {
  const { oncall } = oncallWith(steps, holds);
  answerWith({ oncall });
  return (await nextWhom({ team: 'web', step, at: AT }))?.whom;
};

describe('whom a step pages next', () => {
  test('is whoever has the role at the instant of the step, not now', async () => {
    const { oncall, asked } = oncallWith([[primary], [secondary]], { primary: ['Ana'], secondary: ['Ben'] });
    answerWith({ oncall });
    expect(await nextWhom({ team: 'web', step: 2, at: AT })).toEqual({ whom: 'Secondary (Ben)', short: 'Ben' });
    expect(asked).toEqual([{ team: 'web', role: 'secondary', at: AT }]);
  });

  test('is the primary again where nobody is secondary and the policy says so, else nobody', async () => {
    expect(await whomOf([[secondary]], { primary: ['Ana'] })).toBe('Primary again (Ana)');
    expect(await whomOf([[{ ...secondary, or_primary: false }]], { primary: ['Ana'] })).toBe('Secondary (nobody)');
    expect(await whomOf([[primary]])).toBe('Primary (nobody)');
  });

  test('is said by name for people, by team for others, and all of them where a step has several', async () => {
    const dana = { kind: 'person', email: 'dana@example.com' } as const;
    const room = { kind: 'room', address: 'slack:ops' } as const;
    expect(await whomOf([[dana, room, { kind: 'team', team: 'web' }]])).toBe(
      'Dana Novak, slack:ops and everybody of web',
    );
    expect(await whomOf([[{ ...primary, team: 'search' }]], { primary: ['Eli'] })).toBe('Primary of search (Eli)');
    expect(await whomOf([[{ kind: 'person', email: 'new@example.com' }]])).toBe('new@example.com');
  });

  test('of a step beyond the last one is the last one again', async () => {
    expect(await whomOf([[primary], [secondary]], { primary: ['Ana'], secondary: ['Ben'] }, 7)).toBe('Secondary (Ben)');
  });

  test('is unknown where on call does not answer, and never guessed', async () => {
    const { oncall } = oncallWith([[primary]]);
    const current = async () => {
      throw new Problem('unavailable', 'On call does not answer');
    };
    answerWith({ oncall: { ...oncall, current } });
    await expect(nextWhom({ team: 'web', step: 1, at: AT })).rejects.toThrow('On call does not answer');
  });
});

describe('the clock of an incident', () => {
  let page: ShownPage;
  afterEach(() => page.close());

  const open = async (oncall: Partial<Oncall>, change: Partial<Whole> = {}): Promise<void> => {
    now.value = Date.now();
    heardAt.value = now.value;
    const next_step_at = new Date(now.value + 191_500).toISOString();
    const escalation = { state: 'running', step: 1, round: 0, next_step: 2, next_step_at } as const;
    const of = { ...anIncident({ team: 'web', escalation }), alerts: [], notes: [], timeline: [], ...change };
    page = await showPage(<EscalationCall of={of as unknown as Whole} />, { oncall });
  };
  const both = oncallWith([[primary], [secondary]], { primary: ['Ana'], secondary: ['Ben'] });

  test('says who will be paged in how long, and names them on the fuse', async () => {
    await open(both.oncall);
    expect(page.root.querySelector('.when')?.textContent).toMatch(/^Secondary \(Ben\) will be paged in3:1\d/);
    expect([...page.root.querySelectorAll('.fuse text.b')].map(({ textContent }) => textContent)).toEqual(['Ben']);
    expect(page.root.querySelector('.fuse')?.getAttribute('aria-label')).toContain('Secondary (Ben) will be paged at');
  });

  test('counts nothing down where the connection is not live', async () => {
    await open(both.oncall);
    await page.doing(() => {
      now.value += 60_000;
    });
    expect(page.root.querySelector('.when')?.textContent).toMatch(/^Secondary \(Ben\) will be pagedat \d\d:\d\d:\d\d/);
  });

  test('names the step where nobody can say whom', async () => {
    const getPolicy = async () => {
      throw new Problem('unavailable', 'On call does not answer');
    };
    await open({ getPolicy });
    expect(page.root.querySelector('.when')?.textContent).toMatch(/^Step 2 pages the next in line3:1\d/);
    expect([...page.root.querySelectorAll('.fuse text.b')].map(({ textContent }) => textContent)).toEqual(['Step 2']);
  });

  test('is gone once the incident is over', async () => {
    await open(both.oncall, { status: 'resolved' });
    expect(page.root.querySelector('.call')).toBeNull();
  });
});
