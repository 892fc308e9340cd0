import type { Request, RequestHandler, Response } from 'express';
import { notFoundOrMethod, type RouteMatch, type RouteTable } from '../../kernel/http/edge';
import { type Caller, may } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { fromOwnPage, sessionCookie } from './cookies';
import { deviceOf } from './devices';
import type { GatewayCaller, Identities, Identity, IdentityResult } from './identity';

/**
 * Authentication and authorization. `identify` only finds the caller and `admit` refuses; the request limit runs between
 * them, so that it counts refused requests too.
 */

type Outcome = IdentityResult | 'missing' | 'cookie_ended' | 'cookie_from_elsewhere' | Problem;

const LONGEST_IDEMPOTENCY_KEY = 255;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The identity of a request; null if it has no valid credential. */
export const identityOf = (res: Response): Identity | null => {
  const outcome = res.locals['identity'] as Outcome | undefined;
  return typeof outcome === 'object' && !(outcome instanceof Problem) ? outcome : null;
};

/** The route of a request, or the methods of its path. */
export const foundOf = (res: Response): ReturnType<RouteTable['find']> => res.locals['found'];

/** Finds the route and the owner of the credential. Refuses no request yet. */
export function identify(identities: Identities, table: RouteTable, publicUrl: string): RequestHandler {
  return async (req, res, next) => {
    res.locals['found'] = table.find(req.method, req.path);
    res.locals['identity'] = await outcomeOf(req, identities, publicUrl).catch((error: unknown) => {
      if (error instanceof Problem) return error;
      return new Problem('unavailable', 'The credential cannot be checked at this moment.', { retry_after_seconds: 2 });
    });
    next();
  };
}

/** The credential of a request, from a header or the cookie. */
const credentialOf = (req: Request): string | undefined => shownIn(req) ?? sessionCookie(req);

const shownIn = (req: Request): string | undefined =>
  req.get('x-api-key')?.trim() ||
  bearer(req.get('authorization')) ||
  basicPassword(req.get('authorization')) ||
  keyInPath(req.path);

async function outcomeOf(req: Request, identities: Identities, publicUrl: string): Promise<Outcome> {
  const shown = shownIn(req);
  if (shown) return identities.of(shown);
  const cookie = sessionCookie(req);
  if (cookie === undefined) return 'missing';
  const verdict = await identities.of(cookie);
  if (typeof verdict === 'string') return 'cookie_ended';
  return SAFE.has(req.method) || fromOwnPage(req, publicUrl) === true ? verdict : 'cookie_from_elsewhere';
}

/**
 * Whether the credential of a request still belongs to the same caller with the same role. True while the database does not
 * answer.
 */
export async function isStillGood(
  identities: Identities,
  req: Request,
  { id, role }: Pick<Caller, 'id' | 'role'>,
): Promise<boolean> {
  const verdict = await identities.confirmed(credentialOf(req) ?? '').catch(() => null);
  return verdict === null || (typeof verdict !== 'string' && verdict.id === id && verdict.role === role);
}

const bearer = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];

/** The password of basic authentication (RFC 7617), for tools that know no other. */
function basicPassword(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : decoded.slice(colon + 1) || undefined;
}

/** The key in the base path for tools of Alertmanager, which take a URL and no header. */
const keyInPath = (path: string): string | undefined => /^\/alertmanager\/([^/]+)\//.exec(path)?.[1];

/**
 * Stores the caller in `res.locals` for the handler, or refuses the request. Only callers with a valid credential learn
 * whether a path exists.
 */
export function admit(identities: Identities, table: RouteTable, known: ReadonlySet<string>): RequestHandler {
  return (req, res, next) => {
    const found = foundOf(res);
    const route = found !== undefined && 'op' in found ? found : null;
    const identity = identityOf(res);
    // No cache of a browser or a proxy may keep an answer that needs a credential.
    if (identity !== null) res.setHeader('Cache-Control', 'no-store');
    if (!isPublic(table, found, req.path)) refuse(res.locals['identity'] as Outcome, res);
    if (route === null) throw found === undefined ? missing(req.path, known) : notFoundOrMethod(found);
    if (!may(identity?.role ?? null, route.op.access)) {
      throw new Problem('forbidden', `This needs the role ${route.op.access}; yours is ${identity?.role}.`);
    }
    res.locals['caller'] = callerFor(req, res, route, identity, identities);
    next();
  };
}

/** Whether a request needs no credential. If all methods of a path are public, its 405 is public too. */
function isPublic(table: RouteTable, found: ReturnType<RouteTable['find']>, path: string): boolean {
  if (found === undefined) return false;
  if ('op' in found) return found.op.access === 'public';
  return found.allow.every((method) => {
    const other = table.find(method, path);
    return other !== undefined && 'op' in other && other.op.access === 'public';
  });
}

function refuse(outcome: Outcome, res: Response): void {
  if (outcome instanceof Problem) throw outcome;
  if (outcome === 'cookie_from_elsewhere') {
    throw new Problem(
      'forbidden',
      'A change with the cookie must come from a page of Tocsin. Send the token in X-API-Key instead.',
    );
  }
  if (outcome === 'unknown') throw new Problem('forbidden', 'Invalid API key.');
  if (typeof outcome !== 'string') return;
  res.setHeader('WWW-Authenticate', 'Bearer realm="tocsin"');
  throw new Problem(
    'unauthenticated',
    outcome === 'missing' ? 'Missing API key. Provide X-API-Key header.' : 'Your session has ended. Log in again.',
  );
}

function missing(path: string, known: ReadonlySet<string>): Problem {
  const [, inApi, segment] = /^(\/api\/v1)(?:\/([^/]*))?/.exec(path) ?? [];
  if (inApi === undefined || (segment && known.has(segment))) return notFoundOrMethod(undefined);
  const name = segment ? decodeURIComponent(segment) : null;
  return new Problem('not-found', name === null ? 'Unknown route' : `No service registered for '${name}'`);
}

function callerFor(
  req: Request,
  res: Response,
  route: RouteMatch,
  identity: Identity | null,
  identities: Identities,
): Caller {
  const key = req.get('idempotency-key');
  if (key !== undefined && (key.length > LONGEST_IDEMPOTENCY_KEY || !/^[\x21-\x7e]+$/.test(key))) {
    const message = `Must be 1 to ${LONGEST_IDEMPOTENCY_KEY} printable characters without spaces`;
    throw invalid([{ path: 'Idempotency-Key', message }]);
  }
  const request = { requestId: res.locals['requestId'] as string, trace: res.locals['trace'] as string };
  const caller = { ...callerAs(identity, request), ...(key !== undefined && { idempotencyKey: key }) };
  return route.module === 'gateway' ? withClient(caller, req, identity, identities) : caller;
}

/** The caller as the modules behind the gateway get it. */
export const callerAs = (identity: Identity | null, request: { requestId: string; trace: string }): Caller => ({
  actor: identity?.actor ?? 'anonymous',
  kind: identity?.kind ?? 'anonymous',
  ...(identity && { id: identity.id }),
  role: identity?.role ?? null,
  email: identity?.email ?? null,
  requestId: request.requestId,
  trace: request.trace,
});

/** Operations of the gateway also get the session and the address of the client. */
const withClient = (
  caller: Caller,
  req: Request,
  identity: Identity | null,
  identities: Identities,
): GatewayCaller => ({
  ...caller,
  ...(identity?.session && { session: identity.session }),
  client: {
    address: req.ip ?? 'unknown',
    userAgent: (req.get('user-agent') ?? '').toWellFormed(),
    device: deviceOf(req),
  },
  stillGood: () => isStillGood(identities, req, caller),
});
