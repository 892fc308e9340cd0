import type { Request, Response } from 'express';

/** The session token as a cookie, for browsers. Other clients send it in a header. */

const NAME = 'tocsin_session';

/** The session token in the cookie of a request. */
export const sessionCookie = (req: Request): string | undefined => cookieOf(req, NAME);

/** The value of a cookie; undefined if it is missing or empty. */
export function cookieOf(req: Request, name: string): string | undefined {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

/** Sets the session cookie. */
export function setSessionCookie(res: Response, publicUrl: string, token: string, expiresAt: Date): void {
  res.cookie(NAME, token, { ...attributes(publicUrl), expires: expiresAt });
}

/** Deletes the session cookie. */
export function clearSessionCookie(res: Response, publicUrl: string): void {
  res.clearCookie(NAME, attributes(publicUrl));
}

/** The path of PUBLIC_URL, below which a proxy serves this product; empty at the root of a host. */
export const prefixOf = (publicUrl: string): string =>
  URL.canParse(publicUrl) ? new URL(publicUrl).pathname.replace(/\/+$/, '') : '';

/** Attributes of the cookies of this product. */
export const attributes = (publicUrl: string) => ({
  httpOnly: true,
  sameSite: 'strict' as const,
  secure: publicUrl.startsWith('https:'),
  path: prefixOf(publicUrl) || '/',
});

/**
 * Whether a page of this product sent the request, by the headers of the browser. Browsers always send the origin of a
 * write; without both headers the client is no browser, and the answer is undefined.
 */
export function fromOwnPage(req: Request, publicUrl: string): boolean | undefined {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.get('origin');
  if (origin === undefined) return undefined;
  return origin === originOf(publicUrl) || (URL.canParse(origin) && new URL(origin).host === req.get('host'));
}

const originOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).origin : null);
