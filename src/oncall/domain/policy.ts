import { Problem } from '../../kernel/ports/problem';
import type { PolicyTarget, SupportHours } from '../contract';
import { everybody, type OnCall, type Version } from './onCall';
import type { Person } from './rotation';
import type { Override } from './types';

/** Whom each step of an escalation tells, and how long it waits. */

export interface PolicyStep {
  targets: readonly PolicyTarget[];
  wait_minutes: number;
}

export interface Policy {
  steps: readonly PolicyStep[];
  /** Rounds after the first. */
  repeat: number;
  ack_timeout_minutes: number | null;
  support_hours: SupportHours | null;
}

/** What a team has until somebody sets another one. */
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

/** Why a step tells these, or nobody. */
export type Why = string;
export const OUTSIDE_SUPPORT_HOURS = 'outside_support_hours';

/** Somebody or some room to be told. A room without an address is the house's default room. */
export type StepRole = 'primary' | 'secondary' | 'member' | 'person' | 'assignee' | 'room' | 'paged_room';
export type ToTell =
  | { kind: 'person'; role: Exclude<StepRole, 'room' | 'paged_room'>; name: string; email: string }
  | { kind: 'room'; role: 'room' | 'paged_room'; address: string | null };

/** Who is asked about: a team at an instant. */
export interface TeamNow {
  at: Date;
  version: Version | null;
  /** In creation order. */
  overrides: readonly Override[];
  onCall: OnCall;
}

/** What a step is resolved with: the team whose policy it is, and everybody it may mean at that instant. */
export interface Around {
  team: string;
  teams: ReadonlyMap<string, TeamNow>;
  /** Names of people by e-mail address. */
  names: Readonly<Record<string, string>>;
}

/** A step beyond the last one is the last one again. */
export const stepOf = (policy: Pick<Policy, 'steps'>, step: number): PolicyStep =>
  policy.steps[Math.min(step, policy.steps.length) - 1] as PolicyStep;

/** The teams whose calendars decide whom a step means. */
export const teamsIn = (steps: readonly PolicyStep[]): string[] => [
  ...new Set(
    steps.flatMap(({ targets }) =>
      targets.flatMap((target) => (target.kind === 'schedule' || target.kind === 'team' ? target.team : [])),
    ),
  ),
];

/** Everybody whom a step means, each once, and why these. */
export function resolveStep({ targets }: PolicyStep, around: Around): { why: Why; targets: ToTell[] } {
  const each = [...new Map(targets.map((target) => [JSON.stringify(target), target])).values()];
  const found = each.map((target) => ({ target, ...meantBy(target, around) })).filter(({ to }) => to.length > 0);
  if (found.length === 0) return { why: 'nobody_on_call', targets: [] };
  const why = found.map(({ target, why: word }) =>
    'team' in target && target.team !== around.team ? `${word} of ${target.team}` : word,
  );
  return { why: [...new Set(why)].join(', '), targets: onceEach(found.flatMap(({ to }) => to)) };
}

function meantBy(target: PolicyTarget, { teams, names }: Around): { why: Why; to: ToTell[] } {
  if (target.kind === 'room')
    return { why: 'room', to: [{ kind: 'room', role: 'paged_room', address: target.address }] };
  if (target.kind === 'person') {
    const { email } = target;
    return { why: 'person', to: asked('person', [{ name: names[email] ?? email, email }]) };
  }
  const team = teams.get(target.team);
  if (team === undefined) return { why: 'nobody_on_call', to: [] };
  if (target.kind === 'team')
    return { why: 'everybody', to: asked('member', everybody(team.version, team.overrides, team.at)) };
  const { primaries, secondaries } = team.onCall;
  if (target.role === 'primary') return { why: 'primary', to: asked('primary', primaries) };
  if (secondaries.length === 0 && target.or_primary) return { why: 'primary_again', to: asked('primary', primaries) };
  return { why: 'secondary', to: asked('secondary', secondaries) };
}

const asked = (role: Exclude<StepRole, 'room' | 'paged_room'>, people: readonly Person[]): ToTell[] =>
  people.map(({ name, email }) => ({ kind: 'person', role, name, email }));

/** Nobody and no room is told the same thing twice: people are the same by e-mail address, rooms by theirs. */
export function onceEach(targets: readonly ToTell[]): ToTell[] {
  const seen = new Set<string>();
  return targets.filter((target) => {
    const key = target.kind === 'room' ? `room ${target.address}` : `person ${target.email.trim().toLowerCase()}`;
    return !seen.has(key) && seen.add(key);
  });
}

export interface StepWords {
  incident_id: string;
  title: string;
  /** Stands below the first line. */
  description: string | null;
  severity: string;
  step: number;
  round: number;
  reason: string;
}

/** The first page of an incident is its title; what follows says that nobody took it. */
export function messageOf({ incident_id, title, description, severity, step, round, reason }: StepWords): string {
  const headline = title.startsWith('[') ? title : `[${severity.toUpperCase()}] ${title}`;
  const first = isFirstPage({ step, round }) ? headline : `${escalationMessage(incident_id, reason)} — ${headline}`;
  return description === null ? first : `${first}\n\n${description}`;
}

export const escalationMessage = (incidentId: string, reason: string): string =>
  `Escalation for incident ${incidentId}: ${reason}`;

/** Opening an incident pages its first responder; that is no escalation yet. */
export const isFirstPage = ({ step, round }: { step: number; round: number }): boolean => step === 1 && round === 0;

/** What a policy points at and whether that exists. */
export interface Known {
  teams: ReadonlySet<string>;
  people: ReadonlySet<string>;
}

/** Every target that does not exist, by its place in the policy. */
export const unknownTargets = (steps: readonly PolicyStep[], { teams, people }: Known) =>
  steps.flatMap(({ targets }, step) =>
    targets.flatMap((target, n) => {
      const path = `steps.${step}.targets.${n}`;
      if (target.kind === 'person' && !people.has(target.email)) {
        return { path: `${path}.email`, message: `Nobody is known by the address ${target.email}` };
      }
      if ((target.kind === 'schedule' || target.kind === 'team') && !teams.has(target.team)) {
        return { path: `${path}.team`, message: `No schedule found for team '${target.team}'` };
      }
      return [];
    }),
  );

/** @throws Problem `conflict` naming everything that still points at something that is to go */
export function refuseWhilePointedAt(what: string, pointers: readonly string[]): void {
  if (pointers.length === 0) return;
  throw new Problem(
    'conflict',
    `${what} cannot be deleted: ${pointers.join(', ')} still ${pointers.length === 1 ? 'points' : 'point'} at it`,
    { pointers },
  );
}
