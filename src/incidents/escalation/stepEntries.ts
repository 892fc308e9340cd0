import type { Port } from '../../kernel/ports/contract';
import type { OncallContract } from '../../oncall/contract';
import type { EVENT_TYPES } from '../contract';
import { mayReach, type NextAction } from '../domain/escalation';
import type { Entry } from '../domain/timeline';
import type { IncidentJobKinds } from '../jobKinds';
import type { TakenStep } from '../store/escalation';

/** The payload of a `step` job, and oncall's answer to it. */
export type Ask = IncidentJobKinds['step'];
export type Answer = Awaited<ReturnType<Port<OncallContract>['takeStep']>>;

const RESPONDERS_SHOWN = 50;

/** The timeline entry of a step: who was notified, and why. */
export function stepEntry(taken: TakenStep, ask: Ask, answer: Answer, after: NextAction | null, at: Date): Entry {
  const { incidentId, turn, step, round } = taken;
  const { told, why } = answer;
  const eventType = eventOfStep(turn, answer);
  const detail = {
    step,
    round,
    // `reachable: false` marks a person in the timeline who cannot be paged.
    told: told
      .filter(({ after_minutes = 0 }) => after_minutes === 0)
      .slice(0, RESPONDERS_SHOWN)
      .map(({ name, email, role, channel, reachable, held_until }) => ({
        ...{ name, email, role, channel, reachable },
        // Quiet hours hold the page until then.
        ...(held_until !== undefined && { held_until }),
      })),
    ...(told.length > RESPONDERS_SHOWN && { told_total: told.length }),
    why: !mayReach(told) && answer.spared === true ? 'only_the_person_who_reopened' : why,
    reason: ask.reason,
    ...(ask.via !== undefined && { via: ask.via }),
    ...missingOf(taken, answer),
    next_step_at: after === null || after.kind === 'exhausted' ? null : after.at.toISOString(),
  };
  return { incidentId, eventType, actor: ask.by ?? 'system', detail, at };
}

/** What the route of the incident names that does not exist any more, so that the next in line was paged. */
function missingOf({ routing }: TakenStep, { missing = [] }: Answer): Record<string, unknown> {
  if (missing.length === 0) return {};
  const { team = null, policy = null } = routing ?? {};
  return {
    ...(missing.includes('team') && { missing_team: team }),
    ...(missing.includes('policy') && { missing_policy: policy }),
  };
}

function eventOfStep(turn: number, answer: Answer): (typeof EVENT_TYPES)[number] {
  if (answer.wait_until !== null) return 'page_deferred';
  if (!mayReach(answer.told)) return 'nobody_reached';
  return turn === 1 ? 'paged' : 'escalated';
}

/** The entry of an exhausted policy; `again` is the time of its restart. */
export const exhaustedEntry = (incidentId: string, at: Date, again: Date | null): Entry => ({
  incidentId,
  eventType: 'escalation_exhausted',
  actor: 'system',
  detail: { next_step_at: again?.toISOString() ?? null, ...(again && { reason: 'nobody_reached' }) },
  at,
});
