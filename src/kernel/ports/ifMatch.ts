import { Problem } from './problem';

/**
 * Two people who change one thing: an answer carries its version as ETag (`etag` in the operation names the field), and
 * whoever sends that back as If-Match changes only what they have seen. The header travels as the input `if_match`.
 *
 * @throws Problem `stale` where the thing is no longer at a version the caller knows */
export function requireCurrent(ifMatch: string | undefined, version: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const known = ifMatch.split(',').map((tag) =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  );
  if (known.includes(version)) return;
  throw new Problem('stale', 'Somebody else changed this meanwhile. Read it again before you change it.', { version });
}
