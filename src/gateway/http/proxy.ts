import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import type { Registry } from 'prom-client';
import { callerHeaders } from '../../kernel/http/edge';
import { Problem, unavailable } from '../../kernel/ports/problem';
import { callerOf } from '../../kernel/ports/router';
import { gatewayMetrics, serviceOf } from '../metrics';

export interface ProxyOptions {
  internalToken: string;
  /** How often a read is repeated. */
  retryMaxAttempts: number;
  /** First wait between repeats, in seconds; doubles. */
  retryBackoffBaseSeconds: number;
  registry: Registry;
  /** Name of the service behind, for the problem if it does not answer. */
  service: string;
  /** Longest wait of one attempt from the end of the request to the head of its response, in milliseconds. */
  timeoutMs?: number;
}

const HEAD_WITHIN_MS = 10_000;
/** A response that has begun may be a stream; it ends if nothing comes for so long. */
const SILENT_AT_MOST_MS = 60_000;
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);
const WORTH_REPEATING = new Set([502, 503, 504]);
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

interface Attempt {
  number: number;
  next: (error: unknown) => void;
  deadline?: NodeJS.Timeout;
  /** The response head has come. A service may answer before it has the whole request body. */
  answered?: boolean;
}

/** The module behind a proxy, and its requests that are being answered. */
interface Upstream {
  options: ProxyOptions;
  metrics: ReturnType<typeof gatewayMetrics>;
  attempts: WeakMap<object, Attempt>;
  proxy: ReturnType<typeof createProxyMiddleware<Request, Response>>;
}

/**
 * Passes requests to a module in another process. Mount it before any body parser, because bodies are streamed. A read is
 * repeated until a response head comes; a command is tried once, because a failed attempt may have had its effect.
 */
export function createProxy(url: string, options: ProxyOptions): RequestHandler {
  const proxy = createProxyMiddleware<Request, Response>({
    target: url,
    changeOrigin: true,
    selfHandleResponse: true,
    proxyTimeout: SILENT_AT_MOST_MS,
    ...(url.startsWith('http:') && { agent: new Agent({ keepAlive: true }) }),
    on: {
      proxyReq: (proxyReq, req, res) => onRequest(upstream, proxyReq, req, res),
      proxyRes: (answer, req, res) => onAnswer(upstream, answer, req, res),
      error: (_error, req, res) => onError(upstream, req, res as Response),
    },
  });
  const upstream: Upstream = { options, proxy, metrics: gatewayMetrics(options.registry), attempts: new WeakMap() };
  return (req, res, next) => {
    upstream.attempts.set(req, { number: 1, next });
    void proxy(req, res, next);
  };
}

function onRequest({ options, attempts }: Upstream, proxyReq: ClientRequest, req: Request, res: Response): void {
  const attempt = attempts.get(req) as Attempt;
  introduce(proxyReq, res, options.internalToken);
  // A large body may take long; the servers on both sides limit that time.
  const wait = (): void => {
    if (attempt.answered) return;
    const headWithinMs = options.timeoutMs ?? HEAD_WITHIN_MS;
    attempt.deadline = setTimeout(() => proxyReq.destroy(new Error('No response head in time.')), headWithinMs);
  };
  if (hasBody(req)) proxyReq.once('finish', wait);
  else wait();
}

function introduce(proxyReq: ClientRequest, res: Response, internalToken: string): void {
  for (const name of [...HOP_BY_HOP, 'cookie']) if (name !== 'transfer-encoding') proxyReq.removeHeader(name);
  for (const [name, value] of Object.entries(callerHeaders(internalToken)(callerOf(res)))) {
    proxyReq.setHeader(name, value);
  }
}

function onAnswer(upstream: Upstream, answer: IncomingMessage, req: Request, res: Response): void {
  const attempt = upstream.attempts.get(req) as Attempt;
  attempt.answered = true;
  clearTimeout(attempt.deadline);
  if (WORTH_REPEATING.has(answer.statusCode ?? 0) && mayRepeat(upstream, req)) {
    answer.resume();
    void repeat(upstream, req, res);
  } else {
    passOn(answer, res);
  }
}

function onError(upstream: Upstream, req: Request, res: Response): void {
  clearTimeout(upstream.attempts.get(req)?.deadline);
  if (res.destroyed || res.headersSent) return void res.destroy();
  if (mayRepeat(upstream, req)) void repeat(upstream, req, res);
  else giveUp(upstream, req);
}

/** A read with a body is not repeated, because the body was sent with the first attempt. */
const mayRepeat = ({ options, attempts }: Upstream, req: Request): boolean =>
  REPEATABLE.has(req.method) &&
  !hasBody(req) &&
  !req.socket.destroyed &&
  (attempts.get(req)?.number ?? 0) <= options.retryMaxAttempts;

async function repeat({ options, attempts, metrics, proxy }: Upstream, req: Request, res: Response): Promise<void> {
  const attempt = attempts.get(req) as Attempt;
  await sleep(options.retryBackoffBaseSeconds * 1_000 * 2 ** (attempt.number - 1));
  metrics.retried(serviceOf(req.path), attempt.number);
  attempt.number += 1;
  attempt.answered = false;
  if (!res.destroyed) void proxy(req, res, attempt.next);
}

function giveUp({ options: { service }, attempts }: Upstream, req: Request): void {
  const attempt = attempts.get(req) as Attempt;
  const times = attempt.number === 1 ? '1 attempt' : `${attempt.number} attempts`;
  const { detail, extra } = unavailable(`Upstream service unreachable after ${times}`, 2);
  attempt.next(new Problem('unavailable', detail, { ...extra, service }));
}

const hasBody = (req: Request): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

/** Copies the answer of the module. Headers that the gateway has set (request id, security headers) are replaced, not doubled. */
function passOn(answer: IncomingMessage, res: Response): void {
  if (res.destroyed) return void answer.destroy();
  res.status(answer.statusCode ?? 502);
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !HOP_BY_HOP.includes(name)) res.setHeader(name, value);
  }
  res.flushHeaders();
  pipeline(answer, res, () => {});
}
