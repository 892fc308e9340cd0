import express, { type Express, type RequestHandler } from 'express';
import pino from 'pino';
import { Registry } from 'prom-client';
import { problemHandler, requestIdentity } from '../kernel/http/edge';
import { httpMetrics } from '../kernel/observe/observe';
import type { Caller, Contract, Port } from '../kernel/ports/contract';
import { type RouterDeps, routerOf } from '../kernel/ports/router';

export const silentLog = pino({ level: 'silent' });

/** An authenticated responder with a name and an e-mail address. */
export const someone = (over: Partial<Caller> = {}): Caller => ({
  actor: 'maria',
  kind: 'user',
  role: 'responder',
  email: 'maria@example.com',
  requestId: 'request-of-the-test',
  ...over,
});

/** Routes of a module outside its contract, such as `createX(deps).routes`. */
export type ExtraRoutes = (deps: RouterDeps) => RequestHandler;

/**
 * A module over HTTP, as it is mounted behind the gateway: with `caller` as the caller and the header `Idempotency-Key`.
 * For tests of statuses, headers and bodies.
 */
export function appOf<C extends Contract>(
  contract: C,
  port: Port<C>,
  caller: Caller = someone(),
  extra?: ExtraRoutes,
): Express {
  const deps: RouterDeps = { module: 'test', log: silentLog, metrics: httpMetrics(new Registry()) };
  const app = express();
  app.use(requestIdentity);
  app.use((req, res, next) => {
    const idempotencyKey = req.get('idempotency-key');
    res.locals['caller'] = { ...caller, ...(idempotencyKey !== undefined && { idempotencyKey }) };
    next();
  });
  if (extra) app.use(extra(deps));
  app.use(routerOf(contract, port, deps));
  app.use(problemHandler(silentLog));
  return app;
}
