import { CURSOR, SOURCES, type Source } from '../contract';

/**
 * Vocabulary. A **source** is a module whose events are streamed. **Cursors** hold the read position in each source: null
 * before its first event, undefined if it is not known. Browsers send them as text in Last-Event-ID.
 */
export type Cursors = Record<Source, string | null | undefined>;

/** Cursors from a function of the source. */
export const cursorOfEach = (of: (source: Source) => string | null | undefined): Cursors =>
  Object.fromEntries(SOURCES.map((source) => [source, of(source)])) as Cursors;

/** No position is known in any source. */
export const noCursors = (): Cursors => cursorOfEach(() => undefined);

/** Cursors as text. */
export const cursorText = (cursors: Cursors): string =>
  SOURCES.filter((source) => cursors[source] !== undefined)
    .map((source) => `${source}=${cursors[source] ?? ''}`)
    .join(';');

/** Cursors from the text of a client; null if it has another form. */
export function parseCursor(text: string): Cursors | null {
  if (!CURSOR.test(text)) return null;
  const given = Object.fromEntries(text.split(';').map((part) => part.split('=')));
  return cursorOfEach((source) => {
    const cursor: string | undefined = given[source];
    return cursor === '' ? null : cursor;
  });
}
