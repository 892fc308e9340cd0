import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { asProblem } from '../db/pool';
import { type Log, requestIdOf, traceparentOf } from '../observe/observe';
import { type Caller, type Method, type Route, systemCaller } from '../ports/contract';
import { Problem } from '../ports/problem';

/** The HTTP edge of every process: request ids, the internal token between services, the route table, problems. */

/** Headers between services. The gateway removes them from requests of clients. */
export const INTERNAL_HEADERS = ['x-internal-token', 'x-tocsin-caller'] as const;

/** Takes or creates X-Request-ID, continues the W3C trace, and puts both into `res.locals` for the caller. */
export const requestIdentity: RequestHandler = (req, res, next) => {
  res.locals['requestId'] = requestIdOf(req.get('x-request-id'));
  res.locals['trace'] = traceparentOf(req.get('traceparent'));
  res.setHeader('X-Request-ID', res.locals['requestId'] as string);
  next();
};

/** Compares secrets of any length in constant time: both are hashed first. */
export function sameSecret(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

/** The headers that carry the caller to another process: JSON as base64url, because names are Unicode and headers are not. */
export const callerHeaders =
  (internalToken: string) =>
  (caller: Caller): Record<string, string> => ({
    'x-internal-token': internalToken,
    'x-tocsin-caller': Buffer.from(JSON.stringify({ ...caller, signal: undefined })).toString('base64url'),
    'x-request-id': caller.requestId,
    ...(caller.trace !== undefined && { traceparent: caller.trace }),
  });

/**
 * Refuses requests without the internal token, so that clients cannot bypass the gateway. Reads the caller from its header.
 * @throws Problem `unauthenticated` without the token, `malformed` if the caller cannot be read
 */
export function requireInternalToken(internalToken: string): RequestHandler {
  return (req, res, next) => {
    const token = req.get('x-internal-token');
    if (token === undefined || !sameSecret(token, internalToken)) {
      throw new Problem('unauthenticated', 'This port answers only the other services.');
    }
    res.locals['caller'] = callerFrom(req.get('x-tocsin-caller'), res);
    next();
  };
}

function callerFrom(header: string | undefined, res: Response): Caller {
  if (header === undefined) return systemCaller(res.locals['requestId'] as string, res.locals['trace'] as string);
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Caller;
  } catch {
    throw new Problem('malformed', 'X-Tocsin-Caller is unreadable.');
  }
}

/** The route of a request. */
export interface RouteMatch {
  module: string;
  name: string;
  op: Route;
}

export interface RouteTable {
  /** The matching route, or the methods that the path allows, or undefined for an unknown path. */
  find(method: string, path: string): RouteMatch | { allow: Method[] } | undefined;
}

/** All routes of some modules (operations and vendor paths) by method and path. It decides access, 404 and 405. */
export function routeTable(routes: Record<string, Record<string, Route>>): RouteTable {
  const rows = Object.entries(routes).flatMap(([module, ofModule]) =>
    Object.entries(ofModule).map(([name, op]) => ({
      module,
      name,
      op,
      pattern: patternOf(op.path),
      fixed: literals(op.path),
    })),
  );
  // Literal segments win over parameters: /incidents/stats/summary is not an incident named "stats".
  rows.sort((a, b) => b.fixed - a.fixed);
  const matching = cached((path) => rows.filter(({ pattern }) => pattern.test(path)));
  // Only paths without parameters are cached, because their number is limited.
  const literal = new Set(rows.map(({ op }) => op.path).filter((path) => !path.includes(':')));
  return {
    find(method, path) {
      const wanted = method === 'HEAD' ? 'GET' : method;
      const here = matching(path, literal.has(path as Route['path']));
      const row = here.find(({ op }) => op.method === wanted);
      if (row) return row;
      return here.length === 0 ? undefined : { allow: [...new Set(here.map(({ op }) => op.method))] };
    },
  };
}

function cached<T>(answer: (path: string) => T): (path: string, keep: boolean) => T {
  const known = new Map<string, T>();
  return (path, keep) => {
    const earlier = known.get(path);
    if (earlier !== undefined) return earlier;
    const now = answer(path);
    if (keep) known.set(path, now);
    return now;
  };
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}/?$`);
const literals = (path: string): number => path.split('/').filter((segment) => !segment.startsWith(':')).length;

/** The problem for a request without a route: 404, or 405 with the allowed methods. */
export function notFoundOrMethod(found: ReturnType<RouteTable['find']>): Problem {
  if (found === undefined || 'op' in found) return new Problem('not-found', 'There is nothing at this path.');
  const allow = [...found.allow, ...(found.allow.includes('GET') ? ['HEAD'] : [])].join(', ');
  return new Problem('wrong-method', `This path answers ${allow}.`, { allow });
}

/** The handler after all routes: refuses unknown paths and wrong methods. */
export function refuseUnknownRoute(routes: Record<string, Record<string, Route>>): RequestHandler {
  const table = routeTable(routes);
  return (req) => {
    throw notFoundOrMethod(table.find(req.method, req.path));
  };
}

/** Errors of Express and the body parser, by type. The client gets no detail of other errors. */
const KNOWN: Record<string, [kind: ConstructorParameters<typeof Problem>[0], detail: string]> = {
  'entity.parse.failed': ['malformed', 'The body is not valid JSON.'],
  'entity.too.large': ['too-large', 'The body is too large.'],
  'encoding.unsupported': ['malformed', 'This content encoding is not supported.'],
  'charset.unsupported': ['malformed', 'This character set is not supported; send UTF-8.'],
  'request.aborted': ['malformed', 'The request ended before its body did.'],
  'request.size.invalid': ['malformed', 'The body is not as long as Content-Length says.'],
  'entity.verify.failed': ['malformed', 'The body could not be verified.'],
};

/** The problem for any error: itself, a known error of Express, an unreachable database, else `internal`. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const known = KNOWN[(error as { type?: string }).type ?? ''];
  if (known) return new Problem(...known);
  const status = (error as { status?: number }).status;
  if (error instanceof URIError || (status !== undefined && status >= 400 && status < 500)) {
    return new Problem('malformed', 'The request could not be read.');
  }
  return asProblem(error) ?? new Problem('internal', 'Something went wrong on our side.');
}

/** The error handler of every process. It logs unknown errors in full; the client gets only the request id. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error, _req, res, next) => {
    const requestId = res.locals['requestId'] as string | undefined;
    const problem = problemOf(error);
    if (problem.kind === 'internal') log.error({ err: error, request_id: requestId }, 'unexpected error');
    if (res.headersSent) return next(error);
    sendProblem(res, problem, requestId);
  };
}

/** Sets Retry-After and Allow as the problem demands; for responses with a body of any form. */
export function setProblemHeaders(res: ServerResponse, { extra }: Problem): void {
  const { retry_after_seconds: retryAfter, allow } = extra;
  if (typeof retryAfter === 'number') res.setHeader('Retry-After', String(Math.max(1, Math.ceil(retryAfter))));
  if (typeof allow === 'string') res.setHeader('Allow', allow);
}

/** Sends a problem as `application/problem+json`. */
export function sendProblem(res: ServerResponse, problem: Problem, requestId: string | undefined): void {
  setProblemHeaders(res, problem);
  res.statusCode = problem.status;
  res.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  res.end(JSON.stringify({ ...problem.toJSON(), request_id: requestId }));
}
