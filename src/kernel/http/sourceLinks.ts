import { LONGEST_LINK } from '../ports/values';

/**
 * Normalizes a link as a browser does. Null if it is not an absolute http(s) URL (such as `javascript:`), contains a user
 * or password, or is too long.
 */
export function httpLink(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > LONGEST_LINK || !/^\s*https?:/i.test(text)) return null;
  const url = urlOf(text.trim());
  if (url === null || url.hostname === '' || url.username !== '' || url.password !== '') return null;
  return url.href.length > LONGEST_LINK ? null : url.href;
}

function urlOf(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
