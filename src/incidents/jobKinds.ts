import type { ActorKind } from '../kernel/events/events';
import type { JobOf } from '../kernel/jobs/jobs';
import type { Caller } from '../kernel/ports/contract';
import { systemCaller } from '../kernel/ports/contract';
import type { IncidentOutcome } from '../notify/contract';

/** The jobs of this module and what each carries. */

/** The request a job goes back to, so that its traces lead there. */
export interface Origin {
  request_id: string;
  trace?: string;
}

/** Who changed an incident; without a kind in a job of an earlier version. */
export interface Actor {
  name: string;
  email: string | null;
  kind?: ActorKind;
  by_source?: boolean;
}

export type IncidentJobKinds = {
  /** Take step number `turn` of an incident's clock, or go on telling whom it was taken for. */
  step: Origin & {
    incident_id: string;
    turn: number;
    reason: string;
    /** Only the first step: the room hears of an opened incident, and so does an assignee named by hand. */
    announce?: boolean;
    assignee?: { name: string; email: string } | null;
    /** Who took it by hand. */
    by?: string;
    by_kind?: ActorKind;
    /** The address of a person that this step does not page, because they restarted the escalation. */
    spare?: string;
    /** Set if the steps before this one meant only that person: when step 1 would have been over. */
    skipping_until?: string;
  };
  /** The wait after the last step is over. */
  exhaust: { incident_id: string; turn: number };
  /** Somebody has it: what was told before that and is still queued need not go out. */
  cancel: Origin & { incident_id: string; reason: string; told_before?: string };
  /** Notify those who were paged that it was acknowledged or resolved, if that still holds when the job is due. */
  outcome: Origin & {
    incident_id: string;
    outcome: IncidentOutcome;
    at: string;
    by: Actor;
  };
  /**
   * Withdraw the notices of an outcome that was taken back, if they are still queued and older than `told_before`.
   * `corrects` also corrects the notices that went out: one correction per change, by the person who took it back.
   */
  withdraw: Origin & {
    incident_id: string;
    outcome: IncidentOutcome;
    told_before: string;
    corrects?: { outcomes: IncidentOutcome[]; at: string; by: Actor | null };
  };
  /** Page a new assignee once; without an address, oncall is asked for it first. */
  page_assignee: Origin & { key: string; incident_id: string; assigned_to: string; email: string | null };
  /** An alert raised the severity of an incident that a person has: page the assignee once, else restart the policy. */
  page_raised: Origin & { key: string; incident_id: string };
  /** Whether the pages of a step or an assignment reached a person by now. */
  judge_reach: { key: string; incident_id: string };
  /** A channel works again: policies whose pages it did not deliver run now, those after an incident. */
  retry_exhausted: { channel?: string; after?: string };
  /** Another responder may be on call: policies that reached no one are checked, those after an incident. */
  recheck_exhausted: { after?: string };
  /** A whole policy reached nobody. */
  fallback: { incident_id: string; cycle: number; target: string };
  /** A snooze has run out, unless it was ended or prolonged. */
  snooze_over: { incident_id: string; until: string };
  /** Whether whoever acknowledged has been silent for too long. */
  ack_timeout: { incident_id: string };
  retention: Record<string, never>;
};
export type IncidentJob = JobOf<IncidentJobKinds>;

export const originOf = ({ requestId, trace }: Caller): Origin => ({
  request_id: requestId,
  ...(trace !== undefined && { trace }),
});

export const clockworkFor = ({ request_id, trace }: Origin): Caller => systemCaller(request_id, trace);
