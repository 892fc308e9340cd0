import type { Request, Response } from 'express';

/** The session as a cookie: for browsers, beside the header for everybody else. */

const NAME = 'tocsin_session';

export const sessionCookie = (req: Request): string | undefined => cookieOf(req, NAME);

export function cookieOf(req: Request, name: string): string | undefined {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

export function setSessionCookie(res: Response, publicUrl: string, token: string, expiresAt: Date): void {
  res.cookie(NAME, token, { ...attributes(publicUrl), expires: expiresAt });
}

export function clearSessionCookie(res: Response, publicUrl: string): void {
  res.clearCookie(NAME, attributes(publicUrl));
}

/** The path of PUBLIC_URL, below which a proxy serves this product; empty at the root of a host. */
export const prefixOf = (publicUrl: string): string =>
  URL.canParse(publicUrl) ? new URL(publicUrl).pathname.replace(/\/+$/, '') : '';

export const attributes = (publicUrl: string) => ({
  httpOnly: true,
  sameSite: 'strict' as const,
  secure: publicUrl.startsWith('https:'),
  path: prefixOf(publicUrl) || '/',
});

/**
 * Whether a browser says that one of our own pages sends this. Browsers always name the origin of a write; a client
 * that names neither is `undefined`: no browser, as far as can be seen.
 */
export function fromOwnPage(req: Request, publicUrl: string): boolean | undefined {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.get('origin');
  if (origin === undefined) return undefined;
  return origin === originOf(publicUrl) || (URL.canParse(origin) && new URL(origin).host === req.get('host'));
}

const originOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).origin : null);
