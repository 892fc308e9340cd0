import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Clock } from '../../kernel/clock';
import type { Route } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { commandInWords } from './commands';
import { type AnswerDeps, performAll } from './perform';
import { readerOf } from './person';

/** The webhooks of channels: notify verifies and translates a request, the gateway acts, and notify words the answer. */

const BODY_LIMIT = 64 * 1024;
const BASE = '/api/v1/inbound/:channel';
/** Receipts carry a signed id in a segment of its own. */
const PATHS = [BASE, `${BASE}/:one`, `${BASE}/:one/:two`, `${BASE}/:one/:two/:three`] as const;

/** The routes of webhooks, outside the contract. */
export const inboundOperations: Record<string, Route> = Object.fromEntries(
  (['GET', 'POST'] as const).flatMap((method) =>
    PATHS.map((path, depth): [string, Route] => [
      `inbound${method === 'GET' ? 'Get' : 'Post'}${depth}`,
      { method, path, access: 'public', bursts: true },
    ]),
  ),
);

export interface InboundDeps extends AnswerDeps {
  clock: Clock;
  publicUrl: string;
}

/** Answers the requests of providers. */
export function inboundRoutes(deps: InboundDeps): Router {
  const router = Router({ caseSensitive: true });
  // The signature of a provider is about the bytes that it sent, so they are not inflated.
  const body = express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false });
  for (const path of PATHS) router.get(path, answer(deps)).post(path, body, answer(deps));
  return router;
}

const answer =
  (deps: InboundDeps): RequestHandler =>
  async (req, res) => {
    const channel = String(req.params['channel']);
    const requestId = res.locals['requestId'] as string;
    const { notify } = deps.ports;
    const reader = readerOf(requestId);
    const read = await notify.readInbound({ channel, request: requestOf(req, deps) }, reader);
    if (read.reply !== null) return send(res, read.reply);
    const origin = { requestId, trace: res.locals['trace'] as string, via: channel };
    const results = await performAll(deps, read.answers, origin);
    const command_words = read.command && (await commandInWords(deps, read.command, origin));
    send(res, await notify.replyInbound({ channel, content: read.content, results, command_words }, reader));
  };

function requestOf(req: Request, { clock, publicUrl }: InboundDeps) {
  const { method, originalUrl, body } = req;
  if (method !== 'GET' && method !== 'POST') throw new Problem('wrong-method', 'This path answers GET, POST.');
  const { cookie: _cookie, ...headers } = req.headers;
  return {
    method: method as 'GET' | 'POST',
    url: `${publicUrl}${originalUrl}`,
    path: ['one', 'two', 'three'].flatMap((name) => req.params[name] ?? []).join('/'),
    headers: textsOf(headers),
    query: textsOf(req.query),
    body: (Buffer.isBuffer(body) ? body : Buffer.alloc(0)).toString('base64'),
    at: clock.now().toISOString(),
  };
}

/** Of repeated values the last one counts. */
const textsOf = (values: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, string][] => {
      const last = Array.isArray(value) ? value.at(-1) : value;
      return typeof last === 'string' ? [[name, last.toWellFormed()]] : [];
    }),
  );

function send(
  res: Response,
  {
    status,
    headers = {},
    body = '',
  }: { status: number; headers?: Record<string, string> | undefined; body?: string | undefined },
): void {
  res.status(status).setHeader('Cache-Control', 'no-store');
  res.type('text/plain').set(headers).send(body);
}
