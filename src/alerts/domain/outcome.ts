import type { Accepted } from '../contract/report';

/** The result of the reports of one condition. */
export interface Outcome {
  alertId: string;
  /** Null until incidents answers. */
  incidentId: string | null;
  action: Accepted['action'];
  /** True if the condition was firing before. */
  repeated: boolean;
}

/** The outcome until incidents answers. A new alert is assumed to open an incident, because most do. */
export const pendingOutcome = (alertId: string, repeated: boolean): Outcome => ({
  alertId,
  incidentId: null,
  action: repeated ? 'existing_incident' : 'new_incident',
  repeated,
});

/** The outcome of a second report of the same condition in one group: only the first can open the incident. */
export const asDuplicate = (outcome: Outcome): Outcome => ({
  ...outcome,
  action: 'existing_incident',
  repeated: true,
});

/** The answer of the API to a report. */
export const accepted = ({ alertId, incidentId, action, repeated }: Outcome, fingerprint: string): Accepted => ({
  alert_id: alertId,
  incident_id: incidentId,
  fingerprint,
  status: 'accepted',
  action,
  deduplicated: repeated,
});

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
