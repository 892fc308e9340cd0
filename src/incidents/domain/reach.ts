/** Whether the pages of a step or an assignment reached a person. Notify reports the result of each notification. */

/** The latest result of a page. A provider can report that an accepted page did not arrive. */
export type PageOutcome = 'sent' | 'failed' | 'delivered' | 'undelivered';

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
  outcomes: Readonly<Record<string, PageOutcome>>;
  reach: 'pending' | 'reached' | 'no_one';
  notifiedAt: Date | null;
  /** How many rules the longest page has; each may take the time in which a page must be accepted. */
  rules?: number;
}

/**
 * Whether a group reached a person by `now`. One accepted notification is enough, even a late one. The group reached no
 * one if all notifications failed for good, or if none was accepted within `withinMs` after it was sent, retries included.
 * An accepted page that did not arrive counts as failed.
 */
export function verdictOf(
  {
    counting,
    outcomes,
    reach,
    notifiedAt,
    rules = 1,
  }: Pick<PageGroup, 'counting' | 'outcomes' | 'reach' | 'notifiedAt' | 'rules'>,
  now: Date,
  withinMs: number,
): PageGroup['reach'] {
  if (counting === null || notifiedAt === null) return reach;
  if (counting.some((id) => hasTaken(outcomes[id]))) return 'reached';
  if (reach === 'reached' && !counting.some((id) => outcomes[id] === 'undelivered')) return reach;
  const late = now.getTime() - notifiedAt.getTime() >= withinMs * rules;
  if (late || counting.every((id) => hasFailed(outcomes[id]))) return 'no_one';
  return reach === 'reached' ? 'pending' : reach;
}

const hasTaken = (outcome: PageOutcome | undefined): boolean => outcome === 'sent' || outcome === 'delivered';
const hasFailed = (outcome: PageOutcome | undefined): boolean => outcome === 'failed' || outcome === 'undelivered';

interface Told {
  notification_id: string;
  page_id?: string | undefined;
  rules?: number | undefined;
}

/**
 * What decides whether pages reached a person: a page that notify plans by the rules of a person counts once, whatever
 * messages it sends; any other notification counts by itself.
 */
export const countingOf = (pages: readonly Told[]): string[] => [
  ...new Set(pages.map(({ page_id, notification_id }) => page_id ?? notification_id)),
];

/** How many rules the longest of these pages has. */
export const longestOf = (pages: readonly Told[]): number => Math.max(1, ...pages.map(({ rules = 1 }) => rules));

/**
 * The address of a page with its channel. Two pages with the same one go to the same place. The short addresses of two
 * people can be equal, so such a one is followed by the person.
 */
export const recipientOf = ({ channel, recipient, email }: Addressed): string =>
  email !== null && recipient.includes('…')
    ? `${channel} ${recipient} ${email.toLowerCase()}`
    : `${channel} ${recipient}`;

interface Addressed {
  channel: string;
  recipient: string;
  email: string | null;
}

/** Why a group reached no one: all its notifications failed for good, or none was accepted in time. */
export const whyNoOne = ({
  counting,
  outcomes,
}: Pick<PageGroup, 'counting' | 'outcomes'>): 'failed' | 'not_accepted' =>
  counting?.every((id) => hasFailed(outcomes[id])) ? 'failed' : 'not_accepted';

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
