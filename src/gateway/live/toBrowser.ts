import type { RecordedEvent } from '../../kernel/events/events';
import type { Caller } from '../../kernel/ports/contract';
import type { LiveEvent, Source } from '../contract';
import { type Place, placeText } from './cursor';

/** What a page is told of an event: enough to know what to fetch again, never the whole of it. */

const LONGEST_TEXT = 200;
const MOST_ITEMS = 50;
const MOST_FIELDS = 16;

export const factOf = (source: Source, event: RecordedEvent, place: Place): LiveEvent => ({
  id: placeText(place),
  module: source,
  kind: event.kind,
  subject: event.subject,
  actor: event.actor,
  actor_kind: event.actor_kind,
  at: event.at,
  data: briefly(event.data),
});

/** Events of an account that its owner sees too: they show on the account page. */
const OF_ONE_ACCOUNT: readonly string[] = ['session.began', 'session.ended', 'sessions.ended', 'password.changed'];

/** The id of the user whose account an event changed. Not the name: a later user may have it. */
const accountOf = ({ subject, data }: Pick<RecordedEvent, 'subject' | 'data'>): unknown => data['user_id'] ?? subject;

/**
 * Whether a caller may see an event. Events of accounts, sessions and keys are for administrators, except those of the
 * caller's own account; all others show what every viewer may look up.
 */
export const maySee = (
  { role, kind, id }: Pick<Caller, 'role' | 'kind' | 'id'>,
  source: Source,
  event: Pick<RecordedEvent, 'kind' | 'subject' | 'data'>,
): boolean =>
  source !== 'gateway' ||
  role === 'admin' ||
  (kind === 'user' && id !== undefined && accountOf(event) === id && OF_ONE_ACCOUNT.includes(event.kind));

/** The plain fields, and those of what lies one level below: a list of incidents, say, or of who was told. */
function briefly(data: Record<string, unknown>, levels = 1): Record<string, unknown> {
  const brief = Object.entries(data).flatMap(([key, value]) => {
    const short = brieflySaid(value, levels);
    return short === undefined ? [] : [[key, short]];
  });
  return Object.fromEntries(brief.slice(0, MOST_FIELDS));
}

function brieflySaid(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return value.slice(0, LONGEST_TEXT).toWellFormed();
  if (value === null || typeof value !== 'object') return value;
  if (levels === 0) return undefined;
  if (!Array.isArray(value)) return briefly(value as Record<string, unknown>, levels - 1);
  return value.slice(0, MOST_ITEMS).map((item) => brieflySaid(item, levels) ?? null);
}
