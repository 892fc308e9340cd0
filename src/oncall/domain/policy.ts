import { Problem } from '../../kernel/ports/problem';
import type { PolicyTarget, SupportHours } from '../contract';
import { everybody, type OnCall, type Version } from './onCall';
import type { Person } from './rotation';
import type { Override } from './types';

/** Escalation policies: the targets of each step and its wait. */

export interface PolicyStep {
  targets: readonly PolicyTarget[];
  wait_minutes: number;
  /** Only the next of its people is paged, in turn. */
  round_robin?: boolean | undefined;
  /** How many different people must acknowledge before the escalation stops; absent: one. */
  acknowledgements?: number | undefined;
}

export interface Policy {
  steps: readonly PolicyStep[];
  /** Rounds after the first. */
  repeat: number;
  ack_timeout_minutes: number | null;
  support_hours: SupportHours | null;
}

/** The policy of a team that has not set one. */
export const defaultPolicy = (team: string): Policy => ({
  steps: [
    { targets: [{ kind: 'schedule', team, role: 'primary', or_primary: false }], wait_minutes: 5 },
    { targets: [{ kind: 'schedule', team, role: 'secondary', or_primary: true }], wait_minutes: 10 },
    { targets: [{ kind: 'team', team }], wait_minutes: 10 },
  ],
  repeat: 3,
  ack_timeout_minutes: null,
  support_hours: null,
});

/** The reason for the targets of a step, or for their absence. */
export type Why = string;
export const OUTSIDE_SUPPORT_HOURS = 'outside_support_hours';

/** A person or room that a step notifies. A room without an address is the default room. */
export type StepRole = 'primary' | 'secondary' | 'member' | 'person' | 'assignee' | 'room' | 'paged_room';
export type StepTarget =
  /** `time_zone`: of the schedule, for people without their own. */
  | { kind: 'person'; role: Exclude<StepRole, 'room' | 'paged_room'>; name: string; email: string; time_zone?: string }
  | { kind: 'room'; role: 'room' | 'paged_room'; address: string | null };

/** A team at an instant. */
export interface TeamNow {
  at: Date;
  version: Version | null;
  /** In creation order. */
  overrides: readonly Override[];
  onCall: OnCall;
}

/** The input that resolves a step: the team of the policy, and all teams that the step may page at that instant. */
export interface StepContext {
  team: string;
  teams: ReadonlyMap<string, TeamNow>;
  /** Names of people by e-mail address. */
  names: Readonly<Record<string, string>>;
}

/** A step of a policy; after the last step, the last step again. */
export const stepOf = (policy: Pick<Policy, 'steps'>, step: number): PolicyStep =>
  policy.steps[Math.min(step, policy.steps.length) - 1] as PolicyStep;

/** The teams whose calendars the steps use. */
export const teamsIn = (steps: readonly PolicyStep[]): string[] => [
  ...new Set(
    steps.flatMap(({ targets }) =>
      targets.flatMap((target) => (target.kind === 'schedule' || target.kind === 'team' ? target.team : [])),
    ),
  ),
];

/** The targets of a step, each once, and the reason for them. */
export function resolveStep({ targets }: PolicyStep, around: StepContext): { why: Why; targets: StepTarget[] } {
  const each = [...new Map(targets.map((target) => [JSON.stringify(target), target])).values()];
  const found = each.map((target) => ({ target, ...targetsOf(target, around) })).filter(({ to }) => to.length > 0);
  if (found.length === 0) return { why: 'nobody_on_call', targets: [] };
  const why = found.map(({ target, why: word }) =>
    'team' in target && target.team !== around.team ? `${word} of ${target.team}` : word,
  );
  return { why: [...new Set(why)].join(', '), targets: onceEach(found.flatMap(({ to }) => to)) };
}

function targetsOf(target: PolicyTarget, { team: owner, teams, names }: StepContext): { why: Why; to: StepTarget[] } {
  if (target.kind === 'room')
    return { why: 'room', to: [{ kind: 'room', role: 'paged_room', address: target.address }] };
  if (target.kind === 'person') {
    const { email } = target;
    return { why: 'person', to: asPeople('person', [{ name: names[email] ?? email, email }], teams.get(owner)) };
  }
  const team = teams.get(target.team);
  if (team === undefined) return { why: 'nobody_on_call', to: [] };
  if (target.kind === 'team')
    return { why: 'everybody', to: asPeople('member', everybody(team.version, team.overrides, team.at), team) };
  const { primaries, secondaries } = team.onCall;
  if (target.role === 'primary') return { why: 'primary', to: asPeople('primary', primaries, team) };
  if (secondaries.length === 0 && target.or_primary)
    return { why: 'primary_again', to: asPeople('primary', primaries, team) };
  return { why: 'secondary', to: asPeople('secondary', secondaries, team) };
}

const asPeople = (
  role: Exclude<StepRole, 'room' | 'paged_room'>,
  people: readonly Person[],
  team: Pick<TeamNow, 'version'> | undefined,
): StepTarget[] => people.map(({ name, email }) => ({ kind: 'person', role, name, email, ...zoneOf(team) }));

/** The time zone of the schedule of a team, as a target has it. */
export const zoneOf = (team: Pick<TeamNow, 'version'> | null | undefined): { time_zone?: string } =>
  team?.version ? { time_zone: team.version.time_zone } : {};

/** Targets, each once: people are the same by e-mail address, rooms by their address. */
export function onceEach(targets: readonly StepTarget[]): StepTarget[] {
  const seen = new Set<string>();
  return targets.filter((target) => {
    const key = target.kind === 'room' ? `room ${target.address}` : `person ${target.email.trim().toLowerCase()}`;
    return !seen.has(key) && seen.add(key);
  });
}

export interface StepWords {
  incident_id: string;
  title: string;
  /** Follows the first line. */
  description: string | null;
  severity: string;
  step: number;
  round: number;
  reason: string;
}

/**
 * The text of a page. It begins with the title, because a phone shows little more of a subject; a later page says that it
 * is an escalation at the end of that line, and gives the reason below.
 */
export function messageOf({ incident_id, title, description, severity, step, round, reason }: StepWords): string {
  const headline = title.startsWith('[') ? title : `[${severity.toUpperCase()}] ${title}`;
  const first = isFirstPage({ step, round })
    ? headline
    : `${headline} — escalated\n\n${escalationMessage(incident_id, reason)}`;
  return description === null ? first : `${first}\n\n${description}`;
}

/** The sentence that gives the reason of an escalation. */
export const escalationMessage = (incidentId: string, reason: string): string =>
  `Escalation for incident ${incidentId}: ${reason}`;

/** Whether a step is the first page of an incident, which is not an escalation yet. */
export const isFirstPage = ({ step, round }: { step: number; round: number }): boolean => step === 1 && round === 0;

/** The teams and people that exist, among those that a policy names. */
export interface Known {
  teams: ReadonlySet<string>;
  people: ReadonlySet<string>;
}

/** A fault for every target that does not exist, with its path in the policy. */
export const unknownTargets = (steps: readonly PolicyStep[], { teams, people }: Known) =>
  steps.flatMap(({ targets }, step) =>
    targets.flatMap((target, n) => {
      const path = `steps.${step}.targets.${n}`;
      if (target.kind === 'person' && !people.has(target.email)) {
        return { path: `${path}.email`, message: `No person has the address ${target.email}` };
      }
      if ((target.kind === 'schedule' || target.kind === 'team') && !teams.has(target.team)) {
        return { path: `${path}.team`, message: `No schedule found for team '${target.team}'` };
      }
      return [];
    }),
  );

/** @throws Problem `conflict` with all references, if anything still refers to the row to delete */
export function refuseWhileReferenced(what: string, pointers: readonly string[]): void {
  if (pointers.length === 0) return;
  throw new Problem(
    'conflict',
    `${what} cannot be deleted: ${pointers.join(', ')} still ${pointers.length === 1 ? 'points' : 'point'} at it`,
    { pointers },
  );
}
