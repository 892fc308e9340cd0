import type { Ports } from '../../ports';

/** A policy during editing. */

export type Stored = Awaited<ReturnType<Ports['oncall']['getPolicy']>>;
export type Policy = Pick<Stored, 'steps' | 'repeat' | 'ack_timeout_minutes' | 'support_hours'>;
export type Step = Policy['steps'][number];
export type Target = Step['targets'][number];

export const TARGET_KINDS = ['primary', 'secondary', 'team', 'person', 'room'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

export const policyOf = ({ steps, repeat, ack_timeout_minutes, support_hours }: Stored): Policy => ({
  steps,
  repeat,
  ack_timeout_minutes,
  support_hours,
});

export const kindOf = (target: Target): TargetKind => (target.kind === 'schedule' ? target.role : target.kind);

/** A target of another kind, with the values that still apply. */
export function targetOfKind(kind: TargetKind, before: Target | null, team: string): Target {
  const of = before !== null && 'team' in before ? before.team : team;
  switch (kind) {
    case 'primary':
      return { kind: 'schedule', team: of, role: 'primary', or_primary: false };
    case 'secondary':
      return { kind: 'schedule', team: of, role: 'secondary', or_primary: true };
    case 'team':
      return { kind: 'team', team: of };
    case 'person':
      return { kind: 'person', email: '' };
    case 'room':
      return { kind: 'room', address: '' };
  }
}

export const newStep = (team: string): Step => ({ targets: [targetOfKind('team', null, team)], wait_minutes: 10 });

/** True if every step has targets and a wait; before that a preview is not possible. */
export const isWhole = ({ steps }: Policy): boolean =>
  steps.length > 0 &&
  steps.every(({ targets, wait_minutes }) => wait_minutes > 0 && targets.length > 0 && targets.every(isNamed));

const isNamed = (target: Target): boolean =>
  target.kind === 'person' ? target.email.trim() !== '' : target.kind !== 'room' || target.address.trim() !== '';
