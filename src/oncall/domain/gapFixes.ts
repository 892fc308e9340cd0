import { Email } from '../../kernel/ports/values';
import type { PolicyTarget } from '../contract';
import type { Gap } from './coverage';
import type { Policy } from './policy';
import type { Role } from './types';

/** A suggestion that closes a gap: its text, and the fields with which a form opens. */
export interface GapFix {
  kind: 'schedule' | 'policy' | 'person' | 'channel' | 'setting';
  text: string;
  team: string | null;
  email: string | null;
  /** The role that needs a person and between which instants; without a role any person on call helps. */
  role: Role | null;
  at: Date | null;
  until: Date | null;
  /** The step of the policy. */
  step: number | null;
}

const MOST_MENDS = 10;
const MINUTE_MS = 60_000;
const NOTHING = { team: null, email: null, role: null, at: null, until: null, step: null };

const OWNER: GapFix = {
  ...NOTHING,
  kind: 'setting',
  text: 'Start with DEFAULT_TEAM set to a team that has a schedule, or give each service an owner',
};

/** People are paged by e-mail. If a person has an address and cannot be reached, SMTP is not configured. */
const MAIL: GapFix = { ...NOTHING, kind: 'channel', text: 'Start with SMTP_URL set: people are paged by e-mail' };

/** The suggestions for a gap, without repeats; the last one is to add a target to the policy. */
export function gapFixesOf(gap: Gap, policy: Policy): GapFix[] {
  if (gap.team === null) return [OWNER];
  const open = gap.steps.filter(({ lack }) => lack === 'nobody');
  const calendars = open.flatMap(({ step }) =>
    (policy.steps[step - 1]?.targets ?? []).flatMap((target) => calendarFix(target, whenTaken(gap, policy, step))),
  );
  const addresses = gap.people.map((person) => addressFix(person, gap.team));
  const numbers = gap.steps.map(({ step }) => step);
  const otherwise: GapFix = {
    ...NOTHING,
    kind: 'policy',
    text: `Add another target to ${numbers.length === 1 ? 'step' : 'steps'} ${numbers.join(', ')} of ${gap.team}'s policy`,
    team: gap.team,
    step: numbers[0] ?? null,
  };
  const once = new Map([...calendars, ...addresses].map((mend) => [mend.text, mend]));
  return [...[...once.values()].slice(0, MOST_MENDS), otherwise];
}

/** A schedule accepts any text as the address of a member, so the address can be wrong. */
function addressFix({ name, email }: Gap['people'][number], team: string | null): GapFix {
  if (Email.safeParse(email).success) return MAIL;
  const text = `Give ${name} an e-mail address in the schedule: '${email}' is not one`;
  return { ...NOTHING, kind: 'person', text, team, email };
}

type Taken = Pick<GapFix, 'at' | 'until'>;

/** When a step runs for incidents that open in the gap. The policy does not wait after a step without a target. */
function whenTaken({ starts_at, ends_at, steps }: Gap, policy: Policy, step: number): Taken {
  const waited = policy.steps
    .slice(0, step - 1)
    .filter((_, i) => !steps.some((each) => each.step === i + 1 && each.lack === 'nobody'))
    .reduce((sum, { wait_minutes }) => sum + wait_minutes, 0);
  const later = (instant: Date): Date => new Date(instant.getTime() + waited * MINUTE_MS);
  return { at: later(starts_at), until: later(ends_at) };
}

function calendarFix(target: PolicyTarget, taken: Taken): GapFix[] {
  const mend = { ...NOTHING, ...taken, kind: 'schedule' as const };
  if (target.kind === 'schedule') {
    const { role, team } = target;
    return [{ ...mend, text: `Put a person on call as ${role} of ${team}`, role, team }];
  }
  if (target.kind === 'team') {
    return [{ ...mend, text: `Give ${target.team} a layer with a member`, team: target.team }];
  }
  return [];
}
