/** Whether the pages of a step or an assignment reached a person. Notify says what became of each notification. */

/** The pages of one step or one assignment, sent under one key. */
export interface PageGroup {
  key: string;
  incidentId: string;
  /** The turn, round and cycle of a step; null for an assignment. */
  turn: number | null;
  round: number | null;
  cycle: number | null;
  /** The person whom an assignment paged; null for a step. */
  assignedTo: string | null;
  /** Notifications whose acceptance counts; null where an outcome arrived before the step was written down. */
  counting: readonly string[] | null;
  outcomes: Readonly<Record<string, 'sent' | 'failed'>>;
  reach: 'pending' | 'reached' | 'no_one';
  notifiedAt: Date | null;
}

/**
 * The verdict on a group at an instant. One acceptance is enough, also a late one. It reached no one once every
 * notification failed for good, or where none was accepted within `withinMs` of being told, retries included.
 */
export function verdictOf(
  { counting, outcomes, reach, notifiedAt }: Pick<PageGroup, 'counting' | 'outcomes' | 'reach' | 'notifiedAt'>,
  now: Date,
  withinMs: number,
): PageGroup['reach'] {
  if (reach === 'reached' || counting === null || notifiedAt === null) return reach;
  if (counting.some((id) => outcomes[id] === 'sent')) return 'reached';
  const late = now.getTime() - notifiedAt.getTime() >= withinMs;
  return late || counting.every((id) => outcomes[id] === 'failed') ? 'no_one' : reach;
}

/** Whether every notification failed for good, as a reason for people. */
export const whyNoOne = ({
  counting,
  outcomes,
}: Pick<PageGroup, 'counting' | 'outcomes'>): 'failed' | 'not_accepted' =>
  counting?.every((id) => outcomes[id] === 'failed') ? 'failed' : 'not_accepted';

const STEP_OR_ASSIGNMENT = /^(\d+|(?:assignee|raised):.+?)(#\d+)?$/;

/**
 * The key of the group that a command to notify belongs to: a step of many people is told by several commands, numbered
 * behind `#`. Null where the command was no page of this incident, such as the fallback's notice.
 */
export function groupKeyOf(command: unknown, incidentId: string): string | null {
  if (typeof command !== 'string' || !command.startsWith(`${incidentId}:`)) return null;
  const name = STEP_OR_ASSIGNMENT.exec(command.slice(incidentId.length + 1))?.[1];
  return name === undefined ? null : `${incidentId}:${name}`;
}
