import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express';
import type { Caller } from '../kernel/contract';
import { problemOf } from '../kernel/edge';
import type { RouterDeps } from '../kernel/router';
import { alertsDoors } from './contract';
import { formats } from './formats';
import type { Integrations } from './integrations';
import { type Reject, SHOWN_BYTES } from './rejecting';
import type { IntegrationRow } from './store/integrations';
import type { Deliver } from './webhooks';

export interface AlertRoutesDeps {
  integrations: Integrations;
  deliver: Deliver;
  reject: Reject;
}

const BODY_LIMIT = 4 * 1024 * 1024;

/** Vendors' webhooks: whoever has the key in the path is the integration; the body is read only after that is clear. */
export function alertRoutes({ integrations, deliver, reject }: AlertRoutesDeps, deps: RouterDeps): Router {
  const router = Router({ caseSensitive: true });
  const { path } = alertsDoors.alertmanager;

  const identify: RequestHandler = async (req, res, next) => {
    res.locals['integration'] = await integrations.ofKey(String(req.params['key']));
    next();
  };
  const verify = (_req: unknown, res: ServerResponse, raw: Buffer): void => {
    (res as Response).locals['raw'] = raw.subarray(0, SHOWN_BYTES);
  };
  const body = express.json({ limit: BODY_LIMIT, strict: false, type: () => true, verify });

  /** What could not be read is kept; what could not be stored will be sent again. */
  const keepRejected: ErrorRequestHandler = async (error, _req, res, next) => {
    const integration = res.locals['integration'] as IntegrationRow | undefined;
    const problem = problemOf(error);
    if (integration !== undefined && problem.status < 500) {
      await reject(integration.id, problem, (res.locals['raw'] as Buffer | undefined) ?? Buffer.alloc(0));
    }
    next(error);
  };

  router.post(path, observed('alertmanager', deps), identify, body, async (req, res) => {
    const integration = res.locals['integration'] as IntegrationRow;
    const delivered = await deliver(integration, formats.alertmanager(req.body), requestOf(res));
    await integrations.heardOf(integration);
    res.json(delivered);
  });
  router.use(path, keepRejected);
  return router;
}

function requestOf(res: Response): Pick<Caller, 'requestId' | 'trace'> {
  const caller = res.locals['caller'] as Caller | undefined;
  const requestId = (res.locals['requestId'] as string | undefined) ?? caller?.requestId ?? randomUUID();
  const trace = (res.locals['trace'] as string | undefined) ?? caller?.trace;
  return { requestId, ...(trace !== undefined && { trace }) };
}

/** Measured like every operation; failures are logged, and the key in the path never is. */
function observed(operation: string, { module, log, metrics }: RouterDeps): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    res.locals['operation'] = `${module}.${operation}`;
    res.once('close', () => {
      const elapsedMs = performance.now() - started;
      const status = res.writableFinished ? res.statusCode : 499;
      metrics.observe(module, operation, req.method, status, elapsedMs / 1_000);
      const { name } = (res.locals['integration'] ?? {}) as Partial<IntegrationRow>;
      const line = { module, operation, status, ms: Math.round(elapsedMs * 10) / 10, ...requestOf(res), actor: name };
      log[status >= 500 ? 'error' : status >= 400 ? 'info' : 'debug'](line, 'answered');
    });
    next();
  };
}
