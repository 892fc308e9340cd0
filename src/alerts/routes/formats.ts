import { randomUUID } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { FairTurns } from '../../kernel/async/fairTurns';
import type { Clock } from '../../kernel/clock';
import { problemOf, setProblemHeaders } from '../../kernel/http/edge';
import { type ListBody, withListBody, withWholeBody } from '../../kernel/http/listBody';
import type { Spool, StoredBody } from '../../kernel/http/spool';
import type { Log } from '../../kernel/observe/observe';
import { type Caller, IN_MEMORY } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import type { SecretBox } from '../../kernel/secretBox';
import { type FormatRoute, formatRoutes } from '../contract/formats';
import { type Answer, MOST_ALERTS } from '../formats/format';
import { isRecord } from '../formats/read';
import type { Counters } from '../integrations/counters';
import type { Deliver } from '../integrations/deliver';
import type { ToolsOf } from '../integrations/formatTools';
import type { KeyLookup } from '../integrations/keys';
import type { RateLimit } from '../integrations/rate';
import { type Reject, SHOWN_BYTES } from '../integrations/rejectedPayloads';
import { refuseUnsigned, requireSignature } from '../integrations/signature';
import type { Mapper } from '../mapping/mapper';
import type { IntegrationRow } from '../store/integrations';
import { parserOf } from './parserOf';
import { inTurn } from './turn';

export interface FormatRouterDeps {
  keys: KeyLookup;
  rate: RateLimit;
  counters: Counters;
  deliver: Deliver;
  toolsOf: ToolsOf;
  mapper: Pick<Mapper, 'prepare'>;
  reject: Reject;
  spool: Spool;
  turns: FairTurns;
  box: SecretBox;
  log: Log;
  clock: Clock;
  /** Middleware that logs and measures an operation. */
  observe(operation: string): RequestHandler;
}

/** The endpoints of all formats. The integration's key is the only credential that they read. */
export function formatRouter(deps: FormatRouterDeps): Router {
  const router = Router({ caseSensitive: true });
  for (const route of formatRoutes) {
    const method = route.endpoint.method.toLowerCase() as 'post';
    router[method](route.path, deps.observe(route.operation), formatHandler(route, deps));
  }
  return router;
}

function formatHandler(route: FormatRoute, deps: FormatRouterDeps): RequestHandler {
  const { refuse } = route.endpoint;
  return async (req, res) => {
    try {
      const answer = await handle(route, req, res, deps);
      await keepLeftOut(answer, route, res, deps.reject);
      send(res, answer);
    } catch (error) {
      await keepRejected(error, res, deps.reject);
      if (refuse === undefined) throw error;
      const problem = problemOf(error);
      const { requestId } = idsOf(res);
      if (problem.kind === 'internal') deps.log.error({ err: error, request_id: requestId }, 'unexpected error');
      setProblemHeaders(res, problem);
      send(res, refuse(problem, requestId));
    }
  };
}

/** Reads a request and does what it asks for. A key in the path or in a header is checked before the body is read. */
async function handle(route: FormatRoute, req: Request, res: Response, deps: FormatRouterDeps): Promise<Answer> {
  const { credential, endpoint, operation } = route;
  const { list, largest = IN_MEMORY } = endpoint;
  const known = credential.in === 'body' ? null : await identifyOneOf(keysInHead(credential, req), res, deps);
  refuseOtherCharsets(req.get('content-type'));
  const { key: _key, ...params } = req.params as Record<string, string>;
  const ids = idsOf(res);
  const receivedAt = deps.clock.now();
  const request = { params, query: req.query, headers: req.headers, requestId: ids.requestId, receivedAt };
  const check = checkOf(route, known, req, receivedAt, deps);
  const key = known === null ? `format ${operation}` : senderOf(known);
  const options = { spool: deps.spool, key, ...(check && { check }) };

  const use = async (body: ListBody) => {
    const field = credential.in === 'body' ? credential.field : '';
    const integration = known ?? (await identify(keyInBody(field, body.rest), res, deps));
    if (endpoint.signature === undefined) refuseUnsigned(integration);
    const whole = { ...request, body: body.rest };
    const tools = deps.toolsOf(integration, ids, body.rest);
    const perform = async (): Promise<Answer> => {
      if (endpoint.perform !== undefined) return endpoint.perform(tools, whole);
      const mapped = await deps.mapper.prepare(integration, endpoint, body.rest);
      const taken = await deps.deliver({ integration, endpoint, request: { ...request, mapped }, body, ids });
      return (await endpoint.answer?.(taken, whole, tools)) ?? { status: 200, body: taken.counts };
    };
    // The sender of a key in the body is known only now.
    const answer = await (known === null ? inTurn(deps.turns, senderOf(integration), req, perform) : perform());
    return { integration, answer };
  };
  const onBody = (head: Buffer): void => {
    res.locals['raw'] = Buffer.from(head.subarray(0, SHOWN_BYTES));
  };
  const received = () =>
    list === undefined
      ? withWholeBody(req, { ...options, largest, parse: parserOf(endpoint, req.get('content-type')) }, use, onBody)
      : withListBody(req, { ...options, list, most: MOST_ALERTS }, use, onBody);
  const { integration, answer } = await (known === null ? received() : inTurn(deps.turns, key, req, received));
  deps.counters.add(integration.id, { deliveries: 1, seen_at: deps.clock.now() });
  await deps.counters.saveIfDue(integration.id);
  return answer;
}

const senderOf = ({ id }: IntegrationRow): string => `integration ${id}`;

/** The check of the request's signature; undefined if the tool does not sign. */
function checkOf(
  { endpoint: { signature } }: FormatRoute,
  integration: IntegrationRow | null,
  { headers }: Request,
  now: Date,
  { box }: FormatRouterDeps,
): ((body: StoredBody) => Promise<void>) | undefined {
  if (signature === undefined || integration === null) return undefined;
  return (body) => requireSignature(box, { signature, integration, headers, body, now });
}

/** @throws Problem `forbidden` for a key that is not valid, `too-many` beyond the integration's own rate */
async function identify(key: string, res: Response, deps: FormatRouterDeps): Promise<IntegrationRow> {
  const integration = await deps.keys.ofKey(key);
  res.locals['integration'] = integration;
  try {
    deps.rate.take(integration.id, integration.rate_per_minute);
  } catch (error) {
    deps.counters.add(integration.id, { rate_limited: 1 });
    throw error;
  }
  return integration;
}

/** The integration of the first key that one has. @throws Problem of the last key if none has one */
async function identifyOneOf(keys: readonly string[], res: Response, deps: FormatRouterDeps): Promise<IntegrationRow> {
  for (const key of keys.slice(0, -1)) {
    const found = await identify(key, res, deps).catch(nullIfForbidden);
    if (found !== null) return found;
  }
  return identify(keys.at(-1) as string, res, deps);
}

function nullIfForbidden(error: unknown): null {
  if (error instanceof Problem && error.kind === 'forbidden') return null;
  throw error;
}

/** @throws Problem `unauthenticated` if the header is missing or has another scheme */
function keysInHead(credential: Exclude<FormatRoute['credential'], { in: 'body' }>, req: Request): string[] {
  if (credential.in === 'path') return [String(req.params['key'])];
  if (credential.in === 'query') return [keyInQuery(credential.name, req)];
  if (credential.in === 'authorization') return keysInAuthorization(req.get('authorization') ?? '');
  return [keyInHeader(credential, req)];
}

/** @throws Problem `unauthenticated` */
function keysInAuthorization(header: string): string[] {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) +(\S+) *$/i.exec(header) ?? [];
  const basic = scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString('utf8') : null;
  const keys = basic === null ? [value] : [basic.slice(basic.indexOf(':') + 1), basic.split(':')[0] as string];
  const given = keys.filter((key) => key !== '');
  if (given.length > 0) return given;
  throw new Problem(
    'unauthenticated',
    'Missing integration key. Send it as bearer token, or as user or password of basic authentication',
  );
}

/** @throws Problem `unauthenticated` if the parameter is missing */
function keyInQuery(name: string, { query }: Request): string {
  const key = query[name];
  if (typeof key === 'string' && key !== '') return key;
  throw new Problem('unauthenticated', `Missing integration key. Send it as the parameter ${name} of the URL`);
}

type InHeader = Extract<FormatRoute['credential'], { in: 'header' }>;

/** @throws Problem `unauthenticated` if the header is missing or has another scheme */
function keyInHeader({ name, scheme }: InHeader, req: Request): string {
  const value = req.get(name)?.trim() ?? '';
  const [given, key = ''] = scheme === undefined ? ['', value] : value.split(/ +/, 2);
  if (key !== '' && (scheme === undefined || given?.toLowerCase() === scheme.toLowerCase())) return key;
  const form = scheme === undefined ? '<integration key>' : `${scheme} <integration key>`;
  throw new Problem('unauthenticated', `Missing integration key. Send the header ${name}: ${form}`);
}

/** @throws Problem `invalid` that names the field */
function keyInBody(field: string, body: unknown): string {
  const key = isRecord(body) ? body[field] : undefined;
  if (typeof key === 'string' && key !== '') return key;
  throw invalid([{ path: field, message: 'Must be the key of an integration' }]);
}

/** Keeps a refused payload for the page of its integration. After a 429 or 5xx the tool retries, so nothing is kept. */
async function keepRejected(error: unknown, res: Response, reject: Reject): Promise<void> {
  const integration = res.locals['integration'] as IntegrationRow | undefined;
  const problem = problemOf(error);
  if (integration === undefined || problem.status >= 500 || problem.kind === 'too-many') return;
  await reject(integration.id, problem, (res.locals['raw'] as Buffer | undefined) ?? Buffer.alloc(0));
}

/** Keeps a payload of which the format took a part and refused the rest in its answer, as Alertmanager does. */
async function keepLeftOut({ status, body }: Answer, { endpoint }: FormatRoute, res: Response, reject: Reject) {
  if (endpoint.read === undefined || status < 400) return;
  const reason = typeof body === 'string' ? body : JSON.stringify(body);
  await keepRejected(new Problem('invalid', reason), res, reject);
}

function send(res: Response, { status, headers = {}, body }: Answer): void {
  res.status(status).set(headers);
  if (body === undefined) res.end();
  else res.json(body);
}

/** @throws Problem `malformed` for a charset other than UTF-8, because its text would be stored garbled */
function refuseOtherCharsets(type: string | undefined): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    throw new Problem('malformed', 'This character set is not supported; send UTF-8.');
  }
}

/** Ids of the request, for the caller and for logs. */
export function idsOf(res: Response): Pick<Caller, 'requestId' | 'trace'> {
  const caller = res.locals['caller'] as Caller | undefined;
  const requestId = (res.locals['requestId'] as string | undefined) ?? caller?.requestId ?? randomUUID();
  const trace = (res.locals['trace'] as string | undefined) ?? caller?.trace;
  return { requestId, ...(trace !== undefined && { trace }) };
}
