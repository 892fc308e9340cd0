import type { AnswerResult } from '../../notify/contract';
import type { Incident, TimelineEntry } from '../contract';

/** One sentence for the person who answers, in plain text. */

export type AnsweredIncident = Pick<Incident, 'title' | 'status' | 'assigned_to' | 'assignee_email' | 'escalation'> & {
  timeline: readonly TimelineEntry[];
};

const STATUS_WORDS = { acknowledged: 'Acknowledged', in_progress: 'In progress', resolved: 'Resolved' } as const;

/** The change to the status that holds; null while no one has acknowledged. */
export function lastChange({ status, timeline }: Pick<AnsweredIncident, 'status' | 'timeline'>): TimelineEntry | null {
  return status === 'open' ? null : (timeline.findLast(({ event_type }) => event_type === status) ?? null);
}

/** The person of the last change, by name if the incident knows it; null while no one has acknowledged. */
export function ownerOf(incident: AnsweredIncident): string | null {
  const actor = lastChange(incident)?.actor;
  if (actor === undefined) return null;
  return incident.assignee_email?.toLowerCase() === actor.toLowerCase() ? (incident.assigned_to ?? actor) : actor;
}

type Escalating = Pick<AnsweredIncident, 'status' | 'escalation'>;

/** Whether more people must acknowledge an acknowledged incident. Its escalation may have come to the end of its policy. */
export const waitsForMore = ({ status, escalation }: Escalating): boolean =>
  status === 'acknowledged' &&
  escalation != null &&
  escalation.state !== 'stopped' &&
  escalation.acknowledgements !== undefined;

function countInWords(incident: Escalating): string {
  const count = incident.escalation?.acknowledgements;
  if (count === undefined || !waitsForMore(incident)) return '';
  const goesOn = incident.escalation?.state === 'running' ? '; the escalation continues' : '';
  return ` (${count.by.length} of ${count.wanted} people${goesOn})`;
}

/** What an answer achieved. */
export function answerInWords(action: AnswerResult['action'], incident: AnsweredIncident): string {
  const { title } = incident;
  if (action === 'escalate') return `Escalated: ${title}`;
  return action === 'acknowledge' ? `Acknowledged: ${title}${countInWords(incident)}` : `Resolved: ${title}`;
}

/** What holds now, as "Already acknowledged by Ana at 03:12 UTC"; null while no one has acknowledged. */
export function holdsInWords(incident: AnsweredIncident, now: Date): string | null {
  if (incident.status === 'open') return null;
  const last = lastChange(incident);
  const word = STATUS_WORDS[incident.status];
  if (last === null) return `Already ${word.toLowerCase()}`;
  return `Already ${word.toLowerCase()} by ${ownerOf(incident)} at ${timeInWords(new Date(last.created_at), now)}${countInWords(incident)}`;
}

/** The time of day in UTC, with the date unless it is today. */
function timeInWords(at: Date, now: Date): string {
  const [day, time] = [at.toISOString().slice(0, 10), `${at.toISOString().slice(11, 16)} UTC`];
  return day === now.toISOString().slice(0, 10) ? time : `${time} on ${day}`;
}
