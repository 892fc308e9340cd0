import type { Steps } from '../../kernel/async/steps';
import type { Version } from './onCall';
import { keyOf, type Person } from './rotation';
import { stretchesIn } from './shifts';
import type { Override, Role } from './types';
import { onlyOf } from './uncutShifts';
import { instantOf } from './zones';

const DAY_MS = 86_400_000;
const FIRST_DAYS = 8;
const WIDER = 4;

/**
 * When each of the people who fill a role goes off call, by key. The search goes further ahead as long as one of them
 * stays, but never beyond `reach`: a person who is not in the result stays on call until then.
 */
export function* offDutyTimes(
  calendar: { versions: readonly Version[]; overrides: readonly Override[] },
  role: Role,
  people: readonly Pick<Person, 'email'>[],
  { from, to: reach }: { from: Date; to: Date },
): Steps<Map<string, Date>> {
  const gone = new Map<string, Date>();
  if (people.length === 0) return gone;
  const versions = calendar.versions.map(onlyOf(role));
  for (let days = FIRST_DAYS; ; days *= WIDER) {
    const to = new Date(Math.min(reach.getTime(), from.getTime() + days * DAY_MS));
    for (const { start, roles } of yield* stretchesIn(versions, calendar.overrides, from, to)) {
      const here = new Set(roles[role].people.map(keyOf));
      for (const key of people.map(keyOf)) if (!here.has(key) && !gone.has(key)) gone.set(key, instantOf(start));
      yield;
    }
    if (gone.size === people.length || to >= reach) return gone;
  }
}
