import { LONGEST_LINK } from '../ports/values';

/**
 * The link as a browser reads it, or null if it is not an absolute http(s) URL: `javascript:` and the like are no links,
 * and neither is one that carries a password.
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
