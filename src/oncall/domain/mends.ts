import type { Gap } from './coverage';
import type { Policy } from './policy';

/** What would mend a gap, in the words of a screen that leads there. */
export interface Mend {
  kind: 'schedule' | 'policy' | 'person' | 'setting';
  text: string;
  team: string | null;
  email: string | null;
  at: Date | null;
}

const MOST_MENDS = 10;

const OWNER: Mend = {
  kind: 'setting',
  text: 'Set DEFAULT_TEAM to a team with a schedule, for services that nobody owns',
  ...{ team: null, email: null, at: null },
};

export function mendsOf({ team, steps, people, starts_at: at }: Gap, policy: Policy): Mend[] {
  if (team === null) return [OWNER];
  const open = steps
    .filter(({ lack }) => lack === 'nobody')
    .flatMap(({ step }) => policy.steps[step - 1]?.targets ?? []);
  const calendars = open.flatMap((target): Mend[] => {
    if (target.kind === 'schedule')
      return [
        {
          kind: 'schedule',
          text: `Put somebody on call as ${target.role} of ${target.team}`,
          team: target.team,
          email: null,
          at,
        },
      ];
    if (target.kind === 'team')
      return [
        {
          kind: 'schedule',
          text: `Give ${target.team} a layer with somebody in it`,
          team: target.team,
          email: null,
          at,
        },
      ];
    return [];
  });
  const addresses = people.map(
    ({ name, email }): Mend => ({
      kind: 'person',
      text: `Give ${name} an address on a channel that is set up here`,
      team: null,
      email,
      at: null,
    }),
  );
  const numbers = steps.map(({ step }) => step).join(', ');
  const otherwise: Mend = {
    kind: 'policy',
    text: `Let step ${numbers} of ${team}'s policy name somebody else too`,
    team,
    email: null,
    at: null,
  };
  const once = new Map([...calendars, ...addresses].slice(0, MOST_MENDS).map((mend) => [mend.text, mend]));
  return [...once.values(), otherwise];
}
