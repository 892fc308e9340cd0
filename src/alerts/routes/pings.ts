import { type Request, type RequestHandler, type Response, Router } from 'express';
import { type Caller, LARGEST_BODY } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { PING_PATHS } from '../contract/pingKeys';
import { type PingAddress, pingAddress, ridOf } from '../heartbeats/address';
import type { Heartbeats } from '../heartbeats/heartbeats';
import type { PingKeys } from '../heartbeats/pingKeys';
import type { Ping, Pings } from '../heartbeats/pings';
import { excerptOf } from '../integrations/rejectedPayloads';
import { idsOf } from './formats';

export interface PingRouterDeps {
  heartbeats: Pick<Heartbeats, 'createForPing'>;
  keys: PingKeys;
  pings: Pings;
  /** Middleware that logs and measures an operation. */
  observe(operation: string): RequestHandler;
}

/** Bytes of a ping's body that are kept. */
const BODY_LIMIT = 10_000;

const HEADERS = {
  // Scripts of any page may ping, as with healthchecks.
  'Access-Control-Allow-Origin': '*',
  'Cache-Control': 'no-store',
  'Ping-Body-Limit': String(BODY_LIMIT),
};

interface PingAnswer {
  status: 200 | 201 | 400 | 404;
  text: string;
}

const UNKNOWN: PingAnswer = { status: 404, text: 'not found' };
const invalidAnswer = (what: 'url' | 'uuid'): PingAnswer => ({ status: 400, text: `invalid ${what} format` });

/** The addresses of pings: paths, parameters and answers are those of healthchecks, so that its clients work. */
export function pingRouter(deps: PingRouterDeps): Router {
  const router = Router({ caseSensitive: true });
  const handler = pingHandler(deps);
  for (const path of PING_PATHS) {
    router.get(path, deps.observe('ping'), handler);
    router.post(path, deps.observe('ping'), handler);
  }
  return router;
}

const pingHandler =
  (deps: PingRouterDeps): RequestHandler =>
  async (req, res) => {
    res.set(HEADERS);
    const { status, text } = await answerOf(deps, req, res);
    res.status(status).type('text/plain').send(text);
  };

async function answerOf(deps: PingRouterDeps, req: Request, res: Response): Promise<PingAnswer> {
  const { key, slug, action } = req.params as Record<string, string | undefined>;
  const address = pingAddress([key, slug, action].filter((segment) => segment !== undefined));
  if (address === 'unknown') return UNKNOWN;
  if (address === 'invalid') return invalidAnswer('url');
  const rid = ridOf(req.query['rid']);
  if (rid === undefined) return invalidAnswer('uuid');
  const named = await targetOf(deps, address, req.query['create'] === '1', idsOf(res));
  if (named === null) return UNKNOWN;
  const { body, bytes } = await bodyOf(req);
  const { kind, exitCode } = address;
  const ping: Ping = { target: named.target, kind, exitCode, rid, method: req.method, body, bodyBytes: bytes };
  if (!(await deps.pings.take(named.lane, ping))) return UNKNOWN;
  return named.created ? { status: 201, text: 'Created' } : { status: 200, text: 'OK' };
}

interface Named {
  target: Ping['target'];
  lane: string;
  created: boolean;
}

/** The heartbeat of an address, created if the client asks for that. @returns null if the key is unknown */
async function targetOf(
  { keys, heartbeats }: PingRouterDeps,
  { target }: PingAddress,
  create: boolean,
  ids: Pick<Caller, 'requestId' | 'trace'>,
): Promise<Named | null> {
  if ('pingId' in target) return { target, lane: `id ${target.pingId}`, created: false };
  const { slug } = target;
  const key = await keys.ofText(target.key);
  if (key === undefined) return null;
  await keys.noteUse(key);
  const caller: Caller = { ...ids, actor: key.name, kind: 'integration', role: null, email: null };
  const created = create && (await heartbeats.createForPing(slug, key.team, caller));
  return { target: { slug, team: key.team }, lane: `key ${key.id}`, created };
}

/**
 * The beginning of a body as text, without secrets and control characters. The rest is read and dropped.
 * @throws Problem `too-large`, or `malformed` if the request ends before its body does
 */
async function bodyOf(req: Request): Promise<{ body: string | null; bytes: number }> {
  const kept: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      if (bytes < BODY_LIMIT) kept.push(chunk.subarray(0, BODY_LIMIT - bytes));
      bytes += chunk.length;
      if (bytes > LARGEST_BODY) break;
    }
  } catch {
    throw new Problem('malformed', 'The request ended before its body did.');
  }
  if (bytes > LARGEST_BODY) throw new Problem('too-large', `The body is larger than ${LARGEST_BODY} bytes.`);
  return { body: bytes === 0 ? null : excerptOf(Buffer.concat(kept), BODY_LIMIT), bytes };
}
