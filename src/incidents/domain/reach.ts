/** Whether the pages of a step or an assignment reached a person. Notify reports the result of each notification. */

/** The pages of one step or one assignment, sent under one key. */
export interface PageGroup {
  key: string;
  incidentId: string;
  /** The turn, round and cycle of a step; null for an assignment. */
  turn: number | null;
  round: number | null;
  cycle: number | null;
  /** The person that an assignment paged; null for a step. */
  assignedTo: string | null;
  /** Ids of the notifications that count as pages; null if a result arrived before the step was saved. */
  counting: readonly string[] | null;
  outcomes: Readonly<Record<string, 'sent' | 'failed'>>;
  reach: 'pending' | 'reached' | 'no_one';
  notifiedAt: Date | null;
}

/**
 * Whether a group reached a person by `now`. One accepted notification is enough, even a late one. The group reached no
 * one if all notifications failed for good, or if none was accepted within `withinMs` after it was sent, retries included.
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

/** The address of a page with its channel. Two pages with the same one go to the same place. */
export const recipientOf = ({ channel, recipient }: { channel: string; recipient: string }): string =>
  `${channel} ${recipient}`;

/** Why a group reached no one: all its notifications failed for good, or none was accepted in time. */
export const whyNoOne = ({
  counting,
  outcomes,
}: Pick<PageGroup, 'counting' | 'outcomes'>): 'failed' | 'not_accepted' =>
  counting?.every((id) => outcomes[id] === 'failed') ? 'failed' : 'not_accepted';

const STEP_OR_ASSIGNMENT = /^(\d+|(?:assignee|raised):.+?)(#\d+)?$/;

/**
 * The key of the group that a command to notify belongs to. A step with many people needs several commands, which are
 * numbered after `#`. Null if the command sent no page of this incident, for example the notice to the fallback.
 */
export function groupKeyOf(command: unknown, incidentId: string): string | null {
  if (typeof command !== 'string' || !command.startsWith(`${incidentId}:`)) return null;
  const name = STEP_OR_ASSIGNMENT.exec(command.slice(incidentId.length + 1))?.[1];
  return name === undefined ? null : `${incidentId}:${name}`;
}
