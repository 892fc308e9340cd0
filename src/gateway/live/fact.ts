import type { Role } from '../../kernel/contract';
import type { RecordedEvent } from '../../kernel/events';
import type { LiveEvent, Source } from '../contract';
import { type Place, placeText } from './place';

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
  at: event.at,
  data: briefly(event.data),
});

/** Accounts, sessions and keys are the administrators' business; everything else every viewer may look up anyway. */
export const mayHear = (role: Role | null, source: Source): boolean => source !== 'gateway' || role === 'admin';

function briefly(data: Record<string, unknown>): Record<string, unknown> {
  const brief = Object.entries(data).flatMap(([key, value]) => {
    const short = brieflySaid(value);
    return short === undefined ? [] : [[key, short]];
  });
  return Object.fromEntries(brief.slice(0, MOST_FIELDS));
}

function brieflySaid(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(isPlain).slice(0, MOST_ITEMS).map(clipped);
  return isPlain(value) ? clipped(value) : undefined;
}

const isPlain = (value: unknown): boolean => value === null || typeof value !== 'object';
const clipped = (value: unknown): unknown =>
  typeof value === 'string' ? value.slice(0, LONGEST_TEXT).toWellFormed() : value;
