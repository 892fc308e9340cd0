import { everybody, type OnCall, type Version } from './calendar';
import type { Override } from './duty';
import type { Person } from './rotation';

/** Whom each step of an escalation tells, and how long it waits. */

export type StepTarget = 'primary' | 'secondary' | 'everybody';

export interface Policy {
  steps: readonly { target: StepTarget; wait_minutes: number }[];
  /** Rounds after the first. */
  repeat: number;
}

export const DEFAULT_POLICY: Policy = {
  steps: [
    { target: 'primary', wait_minutes: 5 },
    { target: 'secondary', wait_minutes: 10 },
    { target: 'everybody', wait_minutes: 10 },
  ],
  repeat: 3,
};

export type Why = 'primary' | 'secondary' | 'primary_again' | 'everybody' | 'nobody_on_call' | 'no_team';

/** Somebody or some room to be told. A room without an address is the house's default room. */
export type StepRole = 'primary' | 'secondary' | 'member' | 'assignee' | 'room';
export type ToTell =
  | { kind: 'person'; role: Exclude<StepRole, 'room'>; name: string; email: string }
  | { kind: 'room'; role: 'room'; address: string | null };

/** Who is asked about: a team at an instant. */
export interface TeamNow {
  at: Date;
  version: Version | null;
  /** In creation order. */
  overrides: readonly Override[];
  onCall: OnCall;
}

/** A step beyond the last one is the last one again. */
export const stepOf = (policy: Policy, step: number): Policy['steps'][number] =>
  policy.steps[Math.min(step, policy.steps.length) - 1] as Policy['steps'][number];

/** The people of a step, each once, and why these. */
export function peopleOf(target: StepTarget, team: TeamNow | null): { why: Why; people: ToTell[] } {
  if (team === null) return { why: 'no_team', people: [] };
  const { primaries, secondaries } = team.onCall;
  const found =
    target === 'everybody'
      ? { why: target, people: asked('member', everybody(team.version, team.overrides, team.at)) }
      : target === 'secondary' && secondaries.length > 0
        ? { why: target, people: asked('secondary', secondaries) }
        : { why: target === 'primary' ? target : ('primary_again' as const), people: asked('primary', primaries) };
  return found.people.length === 0 ? { why: 'nobody_on_call', people: [] } : found;
}

const asked = (role: Exclude<StepRole, 'room'>, people: readonly Person[]): ToTell[] =>
  onceEach(people.map(({ name, email }) => ({ kind: 'person', role, name, email })));

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
  severity: string;
  step: number;
  round: number;
  reason: string;
}

/** The first page of an incident is its title; what follows says that nobody took it. */
export function messageOf({ incident_id, title, severity, step, round, reason }: StepWords): string {
  const headline = title.startsWith('[') ? title : `[${severity.toUpperCase()}] ${title}`;
  return isFirstPage({ step, round }) ? headline : `${escalationMessage(incident_id, reason)} — ${headline}`;
}

export const escalationMessage = (incidentId: string, reason: string): string =>
  `Escalation for incident ${incidentId}: ${reason}`;

/** Opening an incident pages its first responder; that is no escalation yet. */
export const isFirstPage = ({ step, round }: { step: number; round: number }): boolean => step === 1 && round === 0;
