import type { RecordedEvent } from '../../kernel/events/events';
import type { Caller } from '../../kernel/ports/contract';
import type { LiveEvent, Source } from '../contract';
import { type Cursors, cursorText } from './cursor';

/** An event as browsers get it: short, because a page fetches what it shows. */

const MAX_TEXT = 200;
const MAX_ITEMS = 50;
const MAX_FIELDS = 16;

/** The short form of an event, with the cursors after it. */
export const liveEventOf = (source: Source, event: RecordedEvent, cursors: Cursors): LiveEvent => ({
  id: cursorText(cursors),
  module: source,
  kind: event.kind,
  subject: event.subject,
  actor: event.actor,
  actor_kind: event.actor_kind,
  at: event.at,
  data: shortFields(event.data),
});

/** Events of an account that its owner sees too: they show on the account page. */
const OF_ONE_ACCOUNT: readonly string[] = ['session.began', 'session.ended', 'sessions.ended', 'password.changed'];

/** Events that show what every viewer may look up. */
const OF_THE_PLATFORM: readonly string[] = ['self_watch.failed', 'self_watch.recovered'];

/** The id of the user whose account an event changed. Not the name: a later user may have it. */
const accountOf = ({ subject, data }: Pick<RecordedEvent, 'subject' | 'data'>): unknown => data['user_id'] ?? subject;

/**
 * Whether a caller may see an event. Events of accounts, sessions and keys are for administrators, except those of the
 * caller's own account and those of the platform; events of other modules show what every viewer may look up.
 */
export const maySee = (
  { role, kind, id }: Pick<Caller, 'role' | 'kind' | 'id'>,
  source: Source,
  event: Pick<RecordedEvent, 'kind' | 'subject' | 'data'>,
): boolean =>
  source !== 'gateway' ||
  role === 'admin' ||
  (role !== null && OF_THE_PLATFORM.includes(event.kind)) ||
  (kind === 'user' && id !== undefined && accountOf(event) === id && OF_ONE_ACCOUNT.includes(event.kind));

/** The first 16 fields, with plain values, and with lists and objects of one level: a list of incidents, for example. */
function shortFields(data: Record<string, unknown>, levels = 1): Record<string, unknown> {
  const brief = Object.entries(data).flatMap(([key, value]) => {
    const short = shortened(value, levels);
    return short === undefined ? [] : [[key, short]];
  });
  return Object.fromEntries(brief.slice(0, MAX_FIELDS));
}

function shortened(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT).toWellFormed();
  if (value === null || typeof value !== 'object') return value;
  if (levels === 0) return undefined;
  if (!Array.isArray(value)) return shortFields(value as Record<string, unknown>, levels - 1);
  return value.slice(0, MAX_ITEMS).map((item) => shortened(item, levels) ?? null);
}
