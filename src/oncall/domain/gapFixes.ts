import { Email } from '../../kernel/ports/values';
import type { PolicyTarget } from '../contract';
import type { Gap } from './coverage';
import type { Policy } from './policy';
import type { Role } from './types';

/** What would mend a gap, in the words of a screen that leads there, and with what its form begins with. */
export interface Mend {
  kind: 'schedule' | 'policy' | 'person' | 'channel' | 'setting';
  text: string;
  team: string | null;
  email: string | null;
  /** Whom the schedule lacks, and between which instants; no role where it lacks anybody at all. */
  role: Role | null;
  at: Date | null;
  until: Date | null;
  /** Which step of the policy. */
  step: number | null;
}

const MOST_MENDS = 10;
const MINUTE_MS = 60_000;
const NOTHING = { team: null, email: null, role: null, at: null, until: null, step: null };

const OWNER: Mend = {
  ...NOTHING,
  kind: 'setting',
  text: 'Start with DEFAULT_TEAM set to a team that has a schedule, or give each service an owner',
};

/** People are told by e-mail: whoever has an address and is told in vain lacks only somebody who carries it. */
const MAIL: Mend = { ...NOTHING, kind: 'channel', text: 'Start with SMTP_URL set: people are paged by e-mail' };

export function mendsOf(gap: Gap, policy: Policy): Mend[] {
  if (gap.team === null) return [OWNER];
  const open = gap.steps.filter(({ lack }) => lack === 'nobody');
  const calendars = open.flatMap(({ step }) =>
    (policy.steps[step - 1]?.targets ?? []).flatMap((target) => calendarMend(target, whenTaken(gap, policy, step))),
  );
  const addresses = gap.people.map((person) => addressMend(person, gap.team));
  const numbers = gap.steps.map(({ step }) => step);
  const otherwise: Mend = {
    ...NOTHING,
    kind: 'policy',
    text: `Let ${numbers.length === 1 ? 'step' : 'steps'} ${numbers.join(', ')} of ${gap.team}'s policy name somebody else too`,
    team: gap.team,
    step: numbers[0] ?? null,
  };
  const once = new Map([...calendars, ...addresses].map((mend) => [mend.text, mend]));
  return [...[...once.values()].slice(0, MOST_MENDS), otherwise];
}

/** The calendar says where somebody is told, and takes any text for it. */
function addressMend({ name, email }: Gap['people'][number], team: string | null): Mend {
  if (Email.safeParse(email).success) return MAIL;
  const text = `Give ${name} an e-mail address where they are on call: '${email}' is none`;
  return { ...NOTHING, kind: 'person', text, team, email };
}

type Taken = Pick<Mend, 'at' | 'until'>;

/** When a step of incidents that open in the gap is taken. Nobody waits for one that told nobody. */
function whenTaken({ starts_at, ends_at, steps }: Gap, policy: Policy, step: number): Taken {
  const waited = policy.steps
    .slice(0, step - 1)
    .filter((_, i) => !steps.some((each) => each.step === i + 1 && each.lack === 'nobody'))
    .reduce((sum, { wait_minutes }) => sum + wait_minutes, 0);
  const later = (instant: Date): Date => new Date(instant.getTime() + waited * MINUTE_MS);
  return { at: later(starts_at), until: later(ends_at) };
}

function calendarMend(target: PolicyTarget, taken: Taken): Mend[] {
  const mend = { ...NOTHING, ...taken, kind: 'schedule' as const };
  if (target.kind === 'schedule') {
    const { role, team } = target;
    return [{ ...mend, text: `Put somebody on call as ${role} of ${team}`, role, team }];
  }
  if (target.kind === 'team') {
    return [{ ...mend, text: `Give ${target.team} a layer with somebody in it`, team: target.team }];
  }
  return [];
}
