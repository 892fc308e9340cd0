import type { ActorKind } from '../kernel/events/events';
import type { JobOf } from '../kernel/jobs/jobs';
import type { WalkJobs } from '../kernel/jobs/walks';
import type { Caller } from '../kernel/ports/contract';
import { systemCaller } from '../kernel/ports/contract';
import type { IncidentOutcome } from '../notify/contract';

/** The kinds of jobs of this module, and their payloads. */

/** The request that caused a job, so that its trace continues. */
export interface Origin {
  request_id: string;
  trace?: string;
}

/** The actor of a change of an incident; without a kind in a job of an earlier version. */
export interface Actor {
  name: string;
  email: string | null;
  kind?: ActorKind;
  by_source?: boolean;
}

export type IncidentJobKinds = WalkJobs & {
  /** Run the step with this turn, or resume it after an interruption. */
  step: Origin & {
    incident_id: string;
    turn: number;
    reason: string;
    /** Only for the first step: also notifies the room, and an assignee that the caller named. */
    announce?: boolean;
    assignee?: { name: string; email: string } | null;
    /** The caller that took the step by hand. */
    by?: string;
    by_kind?: ActorKind;
    /** The channel by which that caller answered. */
    via?: string;
    /** The address of a person that this step does not page, because they restarted the escalation. */
    spare?: string;
    /** The people of the step take turns: the addresses of those who were paged in this run of it and not reached. */
    passed_over?: string[];
    /** Set if the steps before this one had only that person as target: when the wait of step 1 would have ended. */
    skipping_until?: string;
  };
  /** End the policy after the wait of the last step. */
  exhaust: { incident_id: string; turn: number };
  /** Cancel pages that are still queued, after an acknowledgement, a resolution or a snooze. */
  cancel: Origin & {
    incident_id: string;
    reason: string;
    told_before?: string;
    /** Only the pages of this person, who acknowledged while others still must; null: of no one, as they have no address. */
    person?: string | null;
  };
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
  /** Decide whether the pages of a step or an assignment reached a person. */
  judge_reach: { key: string; incident_id: string };
  /** A channel works again since `restored_at`: policies whose pages it did not deliver run, those after an incident. */
  retry_exhausted: { channel?: string; restored_at?: string; after?: string };
  /** Another responder may be on call: policies that wait are checked, those after an incident. */
  /** `person`: the address of a person whose contact method was verified, so that a page to it may arrive now. */
  recheck_exhausted: { after?: string; person?: string };
  /** Notify a room that a rule names, because the incident opened. */
  notify_room: Origin & { incident_id: string; room: string };
  /** Send the latest state of an incident to the messages that show it. */
  show_incident: { incident_id: string };
  /** Notify the fallback room, because a whole policy reached no one. */
  fallback: { incident_id: string; cycle: number; target: string };
  /** End a snooze at its time, unless it was ended or extended. */
  snooze_over: { incident_id: string; until: string };
  /** Check whether an acknowledged incident had no activity for too long. */
  ack_timeout: { incident_id: string };
  retention: Record<string, never>;
};
export type IncidentJob = JobOf<IncidentJobKinds>;

/** The origin of jobs that a caller causes. */
export const originOf = ({ requestId, trace }: Caller): Origin => ({
  request_id: requestId,
  ...(trace !== undefined && { trace }),
});

/** The system as the caller of a job, with the trace of its origin. */
export const systemCallerOf = ({ request_id, trace }: Origin): Caller => systemCaller(request_id, trace);
