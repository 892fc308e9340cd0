import { useAsked } from '../asking';
import { type Ports, ports, problemOf } from '../ports';
import { nextWhomWords as words } from '../words/nextWhom';
import type { Whole } from './happened';

/** Whom the next step pages, as far as the calendar knows today. */
export interface NextWhom {
  /** `Secondary (Ben Okafor)`, as a sentence begins. */
  whom: string;
  /** The shortest that still names somebody, for a place where little fits. */
  short: string;
}

type Target = Awaited<ReturnType<Ports['oncall']['getPolicy']>>['steps'][number]['targets'][number];
type Role = 'primary' | 'secondary';

/** Null while nobody knows, and where no step is armed. */
export function useNextWhom({ team, escalation }: Whole): NextWhom | null {
  const { state = null, next_step: step = null, next_step_at: at = null } = escalation ?? {};
  const armed = state === 'running' && team !== null && step !== null && at !== null;
  const asked = useAsked(
    armed ? `next whom ${team} ${step} ${at}` : null,
    () => nextWhom({ team: team ?? '', step: step ?? 1, at: at ?? '' }),
    { modules: ['oncall'] },
  );
  return armed && !asked.turning ? (asked.value ?? null) : null;
}

interface Step {
  team: string;
  step: number;
  at: string;
}

export async function nextWhom({ team, step, at }: Step): Promise<NextWhom | null> {
  const { steps } = await ports.oncall.getPolicy({ team });
  // A step beyond the last one is the last one again.
  const targets = steps[Math.min(step, steps.length) - 1]?.targets ?? [];
  const said = await Promise.all(targets.map((target) => saidOf(target, { team, at })));
  const [first] = said;
  if (first === undefined) return null;
  const whom = words.all(said.map((each) => each.whom));
  // Addresses are written as they are.
  const ours = targets[0]?.kind === 'schedule' || targets[0]?.kind === 'team';
  return { whom: ours ? words.first(whom) : whom, short: first.short };
}

async function saidOf(target: Target, { team, at }: Omit<Step, 'step'>): Promise<NextWhom> {
  if (target.kind === 'team') {
    return { whom: words.everybody(target.team), short: words.shortEverybody };
  }
  if (target.kind === 'room') return { whom: target.address, short: target.address };
  if (target.kind === 'person') {
    const people = await ports.oncall.people({});
    const name = people.find(({ email }) => email === target.email)?.name ?? target.email;
    return { whom: name, short: name };
  }
  const { role, or_primary } = target;
  const what = target.team === team ? words.roles[role] : words.ofTeam(words.roles[role], target.team);
  const names = await namesOf(target.team, role, at);
  if (names.length > 0) return { whom: words.named(what, names), short: names[0] as string };
  const instead = or_primary ? await namesOf(target.team, 'primary', at) : [];
  return instead.length > 0
    ? { whom: words.again(instead), short: instead[0] as string }
    : { whom: words.named(what, [words.nobody]), short: words.first(what) };
}

/** Who has a role at the instant of the step: the page goes to them, not to whoever has it now. */
async function namesOf(team: string, role: Role, at: string): Promise<string[]> {
  try {
    const { primaries, secondaries } = await ports.oncall.current({ team, role, at });
    return (role === 'primary' ? primaries : secondaries).map(({ name }) => name);
  } catch (error) {
    if (problemOf(error).kind === 'not-found') return [];
    throw error;
  }
}
