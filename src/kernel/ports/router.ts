import type { ServerResponse } from 'node:http';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { maySeeSecrets } from '../mask';
import type { HttpMetrics, Log } from '../observe/observe';
import { type Caller, type Contract, carriesBody, type Operation, type Port, pathNames } from './contract';
import { readInput } from './local';
import { maskAnswer } from './maskAnswer';
import { invalid, Problem } from './problem';
import { sendJson } from './sendJson';

export interface RouterDeps {
  module: string;
  log: Log;
  metrics: HttpMetrics;
}

/** The largest body of an operation without `bodyLimit`, in bytes. */
export const BODY_LIMIT = 256 * 1024;

/**
 * The caller of a request, as the gateway or `requireInternalToken` has set it.
 * @throws Problem `unauthenticated` without a caller
 */
export function callerOf(res: Response): Caller {
  const caller = res.locals['caller'] as Caller | undefined;
  if (!caller) throw new Problem('unauthenticated', 'Missing caller identity.');
  return caller;
}

/** The Express routes of a contract. They are mounted behind the gateway, or at the root of a separate service. */
export function routerOf<C extends Contract>(contract: C, port: Port<C>, deps: RouterDeps): Router {
  const router = Router({ caseSensitive: true });
  for (const [name, op] of Object.entries(contract)) {
    const verb = op.method.toLowerCase() as 'get';
    const body = carriesBody(op.method) ? [jsonBody(op)] : [];
    router[verb](op.path, observed(name, op, deps), ...body, async (req, res) => {
      const caller = { ...callerOf(res), signal: goneSignal(res) };
      const sent = inputOf(op, req);
      const input = op.inputIsBuilt ? ((await readInput(op, sent, caller.signal)) as typeof sent) : sent;
      const answer = await (port[name as keyof C] as Port<Contract>[string])(input, caller);
      const seesAll = op.access === 'internal' || maySeeSecrets(caller.role);
      const output = seesAll ? answer : await maskAnswer(answer, caller.signal);
      res.status(op.status ?? 200);
      if (op.etag !== undefined) res.setHeader('ETag', `"${(output as Record<string, unknown>)[op.etag]}"`);
      if (op.status === 204) res.end();
      else await sendJson(res, shapeOf(op, req, res, output));
    });
  }
  return router;
}

/** The output, or its rows alone if the operation has `bareList` and the request has no page. */
function shapeOf({ bareList }: Operation, req: Request, res: Response, output: unknown): unknown {
  if (bareList === undefined || 'page' in req.query || 'per_page' in req.query) return output;
  const page = output as Record<string, unknown>;
  res.setHeader('X-Total-Count', String(page['total']));
  return page[bareList];
}

/** Aborted if the client disconnects before the response is sent. */
function goneSignal(res: Response): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => res.writableFinished || gone.abort());
  return gone.signal;
}

const jsonBody = (op: Operation): RequestHandler =>
  express.json({
    limit: op.bodyLimit ?? BODY_LIMIT,
    strict: false,
    ...(op.intake !== true && op.access !== 'internal' && { verify: (_req, _res, body) => requireFewParts(body) }),
  });

/** Most commas and opening brackets in a large body: they take ten times as long to parse as other text. */
const MOST_PARTS = 100_000;
/** Indexed by byte, because a set is ten times slower. */
const IS_PART = new Uint8Array(256);
for (const character of ',[{') IS_PART[character.charCodeAt(0)] = 1;

function requireFewParts(body: Buffer): void {
  if (body.length <= BODY_LIMIT) return;
  let parts = 0;
  for (let i = 0; i < body.length && parts <= MOST_PARTS; i++) parts += IS_PART[body[i] as number] as number;
  // With the type of body-parser, which else sets its own status on errors thrown here.
  if (parts > MOST_PARTS) throw Object.assign(new Error('too many values'), { type: 'entity.too.large' });
}

/** The header If-Match takes precedence over a field of that name in the query or body. */
function inputOf(op: Operation, req: Request): Record<string, unknown> {
  const ifMatch = 'if_match' in op.input.shape ? req.header('if-match') : undefined;
  return { ...sentIn(op, req), ...(ifMatch !== undefined && { if_match: ifMatch }) };
}

/** Path fields take precedence over fields of the same name in the query or body. */
function sentIn(op: Operation, req: Request): Record<string, unknown> {
  if (!carriesBody(op.method)) return { ...lastOfEach(req.query), ...req.params };
  const more = Object.keys(op.input.shape).length > pathNames(op.path).length;
  const expected = more || op.input.def.catchall !== undefined;
  if (!expected) return { ...req.params };
  const body: unknown = req.body;
  if (body === undefined)
    throw invalid([{ path: '', message: 'Send a JSON body with Content-Type: application/json' }]);
  return { ...bodyInput(body), ...req.params };
}

/**
 * A JSON body as input.
 * @throws Problem `invalid` if the body is not an object
 */
export function bodyInput(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid([{ path: '', message: 'The body must be a JSON object' }]);
  }
  return body as Record<string, unknown>;
}

/** Uses the last value of a repeated query key. */
const lastOfEach = (query: Request['query']): Record<string, unknown> =>
  Object.fromEntries(Object.entries(query).map(([key, value]) => [key, Array.isArray(value) ? value.at(-1) : value]));

function observed(name: string, op: Operation, deps: RouterDeps): RequestHandler {
  const watch = operationObserver(name, op, deps);
  return (req, res, next) => {
    res.locals['operation'] = `${deps.module}.${name}`;
    watch(req.method, res, () => res.locals['caller'] as Caller | undefined);
    next();
  };
}

/** Measures and logs calls of an operation. The caller is read after the response, because it is set later. */
export function operationObserver(name: string, op: Pick<Operation, 'quiet'>, { module, log, metrics }: RouterDeps) {
  return (method: string, res: ServerResponse, callerOf: () => Caller | undefined): void => {
    const started = performance.now();
    res.once('close', () => {
      const elapsedMs = performance.now() - started;
      const status = res.writableFinished ? res.statusCode : 499;
      metrics.observe(module, name, method, status, elapsedMs / 1_000);
      const level = status >= 500 ? 'error' : op.quiet && status < 400 ? 'debug' : 'info';
      if (!log.isLevelEnabled(level)) return;
      const { requestId, trace, actor } = callerOf() ?? {};
      const ms = Math.round(elapsedMs * 10) / 10;
      log[level]({ module, operation: name, status, ms, request_id: requestId, trace, actor }, 'answered');
    });
  };
}
