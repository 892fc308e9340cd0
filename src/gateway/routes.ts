import express, { type RequestHandler, type Response, Router } from 'express';
import type { Clock } from '../kernel/clock';
import { jsonFaults } from '../kernel/ports/jsonSafety';
import { Problem } from '../kernel/ports/problem';
import { clearSessionCookie, fromOwnPage, setSessionCookie } from './auth/cookies';
import { rememberDevice } from './auth/devices';

/** Parts of login and logout outside the contract: cookies, and a login body of any content type. */

export interface CookieOptions {
  publicUrl: string;
  secretKey: string;
  clock: Clock;
}

const BODY_LIMIT = 16 * 1024;

/** Mounted before the contract's router, which then answers. */
export function cookieRoutes(options: CookieOptions): Router {
  const { publicUrl } = options;
  const router = Router({ caseSensitive: true });
  const body = express.text({ type: () => true, limit: BODY_LIMIT });
  router.post('/api/v1/auth/login', body, credentials, keepsSession(options));
  router.post('/api/v1/auth/setup', keepsSession(options));
  router.post('/api/v1/auth/logout', (_req, res, next) => {
    clearSessionCookie(res, publicUrl);
    next();
  });
  return router;
}

/** @throws Problem `malformed`; clients compare its details, so they are part of the API */
const credentials: RequestHandler = (req, _res, next) => {
  const { username, password } = objectIn(req.body);
  if (typeof username !== 'string' || typeof password !== 'string' || username.trim() === '' || password === '') {
    throw new Problem('malformed', 'Username and password required');
  }
  const [fault] = jsonFaults({ username, password });
  if (fault) throw new Problem('malformed', `${fault.path}: ${fault.message}`, { errors: [fault] });
  req.body = { username, password };
  next();
};

function objectIn(text: unknown): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(String(text));
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    throw new Problem('malformed', 'Invalid JSON body');
  }
  throw new Problem('malformed', 'Username and password required');
}

/**
 * Sends the token of the answer as a cookie too, except to a page of another site: such a page could log a visitor in to an
 * account of its choice.
 */
function keepsSession(options: CookieOptions): RequestHandler {
  return (req, res, next) => {
    if (fromOwnPage(req, options.publicUrl) !== false) beforeJson(res, (answer) => keep(res, options, answer));
    next();
  };
}

function keep(
  res: Response,
  { publicUrl, secretKey, clock }: CookieOptions,
  { api_key, username, expires_at }: Record<string, unknown>,
): void {
  res.setHeader('Cache-Control', 'no-store');
  setSessionCookie(res, publicUrl, String(api_key), new Date(String(expires_at)));
  rememberDevice(res, publicUrl, secretKey, String(username), clock.now());
}

function beforeJson(res: Response, look: (answer: Record<string, unknown>) => void): void {
  const json = res.json.bind(res);
  res.json = (answer) => {
    look(answer as Record<string, unknown>);
    return json(answer);
  };
}
