import { PLACE, SOURCES, type Source } from '../contract';

/**
 * Vocabulary. A **source** is a module whose facts are told. A **place** says how far each source was read: its cursor,
 * null before its first fact, undefined where nobody could say. As text it is what browsers send as Last-Event-ID.
 */
export type Place = Record<Source, string | null | undefined>;

export const placeOfEach = (of: (source: Source) => string | null | undefined): Place =>
  Object.fromEntries(SOURCES.map((source) => [source, of(source)])) as Place;

/** Known nowhere. */
export const nowhere = (): Place => placeOfEach(() => undefined);

export const placeText = (place: Place): string =>
  SOURCES.filter((source) => place[source] !== undefined)
    .map((source) => `${source}=${place[source] ?? ''}`)
    .join(';');

/** The place that a client named; null where it is none of ours. */
export function placeIn(text: string): Place | null {
  if (!PLACE.test(text)) return null;
  const cursors = Object.fromEntries(text.split(';').map((part) => part.split('=')));
  return placeOfEach((source) => {
    const cursor: string | undefined = cursors[source];
    return cursor === '' ? null : cursor;
  });
}
