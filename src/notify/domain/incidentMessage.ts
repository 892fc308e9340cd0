import type { IncidentView } from '../contract';

/** What a message in a room shows of its incident, and how it differs from the latest state. */

export type IncidentState = Omit<IncidentView, 'changed_at'>;

/** The state with the text and the severity of the message; a message that was sent before the state was known has neither. */
export type ShownState = IncidentState & { text?: string; severity?: string | null };

/** The first message: what it shows if no state was known. */
export interface FirstMessage {
  message: string;
  severity: string | null;
}

/** Whether a message that shows `before` looks like one that shows `after`. */
export const looksSame = (before: ShownState | null, after: ShownState, first: FirstMessage): boolean =>
  JSON.stringify(looksOf(before, first)) === JSON.stringify(looksOf(after, first));

function looksOf(state: ShownState | null, { message, severity }: FirstMessage): unknown[] {
  if (state === null) return ['open', null, null, null, null, false, message, severity];
  const { status, by, since, assigned_to, escalated_to, alerts = 1 } = state;
  return [
    status,
    by,
    since ?? null,
    assigned_to ?? null,
    escalated_to ?? null,
    alerts > 1 && alerts,
    state.text ?? message,
    state.severity === undefined ? severity : state.severity,
  ];
}

/**
 * The changes that the thread of the message names, one line each. Who acknowledged and who resolved is not among them: notices
 * say so. What `before` does not know did not change.
 */
export function changesOf(before: ShownState | null, after: ShownState, first: FirstMessage): string[] {
  const known = before ?? { status: 'open' as const };
  const earlier: Partial<ShownState> = { severity: first.severity, ...known };
  const { severity: was } = earlier;
  return [
    ...(earlier.status === 'resolved' && after.status !== 'resolved' ? ['Reopened'] : []),
    ...(after.severity && after.severity !== was ? [`Severity: ${was ?? 'none'} → ${after.severity}`] : []),
    ...(earlier.assigned_to !== undefined && earlier.assigned_to !== after.assigned_to && after.assigned_to
      ? [`Assigned to ${after.assigned_to}`]
      : []),
    ...(after.escalated_to && after.escalated_to !== (earlier.escalated_to ?? null)
      ? [`Escalated to ${after.escalated_to}`]
      : []),
    ...alertsJoined(earlier, after),
  ];
}

function alertsJoined({ alerts: before }: Partial<ShownState>, { alerts = 0, newest_alert }: ShownState): string[] {
  if (!newest_alert || alerts < 2 || alerts <= (before ?? 1)) return [];
  const joined = before === undefined ? 1 : alerts - before;
  return [
    joined === 1
      ? `Alert joined: ${newest_alert} (${alerts} in all)`
      : `${joined} alerts joined, the newest: ${newest_alert} (${alerts} in all)`,
  ];
}

/** The line with the state of the incident; null while it is open. */
export function statusLine({ status, by, since }: IncidentState): string | null {
  if (status === 'open') return null;
  const words = { acknowledged: 'Acknowledged', in_progress: 'In progress', resolved: 'Resolved' }[status];
  const time = since ? ` at ${since.slice(11, 16)} UTC` : '';
  return `${words}${by === null ? '' : ` by ${by}`}${time}`;
}

/** The line with the assignee, the escalation and the alerts; null if there is nothing to say. */
export function factsLine({ assigned_to, escalated_to, alerts = 0, status, by }: IncidentState): string | null {
  const facts = [
    ...(assigned_to && assigned_to !== by && status !== 'resolved' ? [`Assigned to ${assigned_to}`] : []),
    ...(escalated_to ? [`Escalated to ${escalated_to}`] : []),
    ...(alerts > 1 ? [`${alerts} alerts`] : []),
  ];
  return facts.length === 0 ? null : facts.join(' · ');
}
