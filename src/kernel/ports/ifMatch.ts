import { Problem } from './problem';

/**
 * Optimistic locking. A response has the version of its resource as ETag (the field is named by `etag` of the operation).
 * A caller that sends it back as If-Match changes only the version that it has read. The header is the input `if_match`.
 * @throws Problem `stale` if the current version is not in `ifMatch`
 */
export function requireCurrent(ifMatch: string | undefined, version: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const known = ifMatch.split(',').map((tag) =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  );
  if (known.includes(version)) return;
  throw new Problem('stale', 'This was changed in the meantime. Read it again before you change it.', { version });
}
