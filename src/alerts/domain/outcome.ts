import type { MuteCause } from '../contract/decision';
import type { Accepted, Noted } from '../contract/report';
import type { Decision } from '../domain';

/** The result of the reports of one condition. */
export interface Outcome {
  /** Null if a rule dropped the report. */
  alertId: string | null;
  /** Null until incidents answers, and if the alert gets no incident. */
  incidentId: string | null;
  action: Accepted['action'] | 'none';
  /** True if the condition was firing before. */
  repeated: boolean;
  /** Why there is no incident. */
  reason?: string;
}

/** The outcome until incidents answers. A new alert is assumed to open an incident, because most do. */
export const pendingOutcome = (alertId: string, repeated: boolean): Outcome => ({
  alertId,
  incidentId: null,
  action: repeated ? 'existing_incident' : 'new_incident',
  repeated,
});

/** The first word of the reason, by the cause of a mute. */
const REASONS: Record<MuteCause, string> = {
  ...{ silence: 'silenced_by', window: 'maintenance', upstream: 'affected_by' },
};

/** The outcome of a report whose alert is muted or held. */
export const mutedOutcome = (
  { id, muted_by, decision, hold_key }: Pick<Decision, 'muted_by' | 'decision' | 'hold_key'> & { id: string },
  repeated: boolean,
): Outcome => {
  if (hold_key !== null) return { alertId: id, incidentId: null, action: 'none', repeated, reason: 'held' };
  const by = decision?.flatMap((entry) => (entry.stage === 'mute' && entry.id === muted_by ? [entry.by] : [])).at(-1);
  const reason = `${REASONS[by ?? 'silence']}:${muted_by}`;
  return { alertId: id, incidentId: null, action: 'none', repeated, reason };
};

/** The outcome of a report that a rule dropped. @param rule its id; null if it is no longer known */
export const droppedOutcome = (rule: string | null): Outcome => ({
  alertId: null,
  incidentId: null,
  action: 'none',
  repeated: false,
  reason: rule === null ? 'dropped' : `dropped_by:${rule}`,
});

/** The outcome of a second report of the same condition in one group: only the first can open the incident. */
export const asDuplicate = (outcome: Outcome): Outcome => ({
  ...outcome,
  action: outcome.action === 'none' ? 'none' : 'existing_incident',
  repeated: true,
});

/** The answer of the API to a report. */
export const accepted = (
  { alertId, incidentId, action, repeated, reason }: Outcome,
  fingerprint: string,
): Accepted | Noted =>
  alertId === null || action === 'none'
    ? {
        ...{ alert_id: alertId, incident_id: incidentId, fingerprint },
        ...{ status: 'accepted', action: 'none', deduplicated: repeated, reason: reason ?? null },
      }
    : {
        alert_id: alertId,
        incident_id: incidentId,
        fingerprint,
        status: 'accepted',
        action,
        deduplicated: repeated,
      };

const MIN_RETRY_MS = 1_000;
const MAX_RETRY_MS = 15_000;

/**
 * Milliseconds until incidents is asked again about a job enqueued at `since`: a fifth of the time waited so far, between
 * 1 s and 15 s. So a short outage ends soon, and after a long one the calls do not come all at once.
 * @param random between 0 and 1; spreads the delay by ±25 %
 */
export function retryDelayMs(since: Date, now: Date, random: number): number {
  const waited = now.getTime() - since.getTime();
  return Math.min(Math.max(waited / 5, MIN_RETRY_MS), MAX_RETRY_MS) * (0.75 + random / 2);
}
