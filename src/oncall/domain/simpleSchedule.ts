import { invalid, Problem } from '../../kernel/ports/problem';
import { ROLES } from '../contract/shared';
import type { Layer } from './layers';
import { keyOf, namesOf, type Person, type Rotation } from './rotation';
import type { Role } from './types';

/** A simple schedule: a rotation type, and members with a role. It becomes one layer per role. */

export type RotationType = 'weekly' | 'daily' | 'biweekly';

export interface Member extends Person {
  role: Role;
}

export interface Plan {
  rotation_type: RotationType;
  members: Member[];
}

const TURN: Record<RotationType, Pick<Rotation, 'unit' | 'length'>> = {
  daily: { unit: 'daily', length: 1 },
  weekly: { unit: 'weekly', length: 1 },
  biweekly: { unit: 'weekly', length: 2 },
};

/** A Monday. All simple schedules use the same anchor, so that the order does not break at the end of a year. */
const ANCHOR = '2024-01-01T00:00';
export const ZONE = 'UTC';
const LARGEST_TEAM = 200;

/** The layers of a simple schedule: one for each role with a member. They hand over at midnight in the zone. */
export function draftOf({ rotation_type, members }: Plan, time_zone = ZONE): { time_zone: string; layers: Layer[] } {
  const layers = ROLES.flatMap((role): Layer[] => {
    const slots = members.filter((member) => member.role === role).map(({ name, email }) => [{ name, email }]);
    if (slots.length === 0) return [];
    const rotation = { ...TURN[rotation_type], handoff: ANCHOR, slots, turns: 'always' as const, turn_offset: 0 };
    return [{ name: role, role, level: 0, rotation, restrictions: [] }];
  });
  return { time_zone, layers };
}

/**
 * The simple schedule that is closest to some layers: the members by role, and the hand-off interval of the first
 * layer.
 */
export function nearestPlan(layers: readonly Layer[]): Plan {
  const members = ROLES.flatMap((role) => {
    const all = layers.filter((layer) => layer.role === role).flatMap(({ rotation }) => rotation.slots.flat());
    const byKey = new Map(all.map(({ name, email }) => [keyOf({ email }), { name, email, role }]));
    return [...byKey.values()];
  });
  const { unit = 'weekly', length = 1 } = layers[0]?.rotation ?? {};
  const daily = unit === 'hourly' || unit === 'daily';
  return { rotation_type: daily ? 'daily' : unit === 'weekly' && length === 1 ? 'weekly' : 'biweekly', members };
}

/** @throws Problem `malformed` if no member is primary */
export function requirePrimary(members: readonly Member[]): void {
  if (members.some(({ role }) => role === 'primary')) return;
  throw new Problem('malformed', "At least one member with role 'primary' is required");
}

export interface PlanChange {
  rotation_type?: RotationType | null | undefined;
  add_members?: readonly Member[] | null | undefined;
  remove_members?: readonly string[] | null | undefined;
}

export interface ChangedPlan extends Plan {
  /** The real changes, with the field names of the history. */
  details: Record<string, unknown>;
}

/**
 * Changes the rotation, then adds members, then removes members. The address identifies a person: an address
 * that the plan already has is not added again, and a member to remove is given by address, or by a name that no other
 * member has.
 * @throws Problem `malformed` if no primary would be left, `invalid` if there would be too many members or if a name or
 * address to remove belongs to no member or to several
 */
export function changePlan(plan: Plan, change: PlanChange): ChangedPlan {
  const rotation_type = change.rotation_type ?? plan.rotation_type;
  const known = new Set(plan.members.map(keyOf));
  const added = (change.add_members ?? []).filter((member) => !known.has(keyOf(member)));
  const all = [...plan.members, ...added];
  const going = removedKeys(change.remove_members ?? [], all);
  const members = all.filter((member) => !going.has(keyOf(member)));
  if (!members.some(({ role }) => role === 'primary')) {
    throw new Problem('malformed', 'Cannot remove all primary members. At least one primary is required.');
  }
  if (members.length > LARGEST_TEAM) {
    throw invalid([{ path: 'add_members', message: `A schedule holds at most ${LARGEST_TEAM} members` }]);
  }
  const removed = all.filter((member) => going.has(keyOf(member)));
  const details = {
    ...(change.rotation_type && { rotation_type: { old: plan.rotation_type, new: rotation_type } }),
    ...(added.length > 0 && { added_members: added.map(({ name }) => name) }),
    ...(removed.length > 0 && { removed_members: removed.map(({ name }) => name) }),
  };
  return { rotation_type, members, details };
}

/**
 * Finds the members that names and addresses identify, and returns their keys.
 * @throws Problem `invalid` for each text that identifies no member or several people
 */
function removedKeys(given: readonly string[], members: readonly Member[]): Set<string> {
  const found = given.map((text) => membersGiven(text, members));
  const faults = found.flatMap((people, n) => {
    if (people.length === 1) return [];
    return [{ path: `remove_members.${n}`, message: unclear(given[n] as string, people, members) }];
  });
  if (faults.length > 0) throw invalid(faults);
  return new Set(found.flat().map(keyOf));
}

/** The members with this address, else those with this name; each person once. */
function membersGiven(text: string, members: readonly Member[]): Member[] {
  const key = keyOf({ email: text });
  const named = members.filter(({ name }) => name === text);
  const found = members.some((member) => keyOf(member) === key)
    ? members.filter((member) => keyOf(member) === key)
    : named;
  return eachOnce(found);
}

const eachOnce = (members: readonly Member[]): Member[] => [
  ...new Map(members.map((member) => [keyOf(member), member])).values(),
];

const unclear = (text: string, people: readonly Member[], members: readonly Member[]): string =>
  people.length === 0
    ? `No member has the name or address '${text}'. Members: ${namesOf(eachOnce(members))}`
    : `Several members have the name '${text}'. Give one of the addresses: ${people.map(({ email }) => email).join(', ')}`;
