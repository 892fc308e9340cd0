import { randomUUID } from 'node:crypto';
import express, { type RequestHandler, type Response, Router } from 'express';
import type { Caller } from '../kernel/contract';
import type { RouterDeps } from '../kernel/router';
import { alertsDoors } from './contract';
import { formats } from './formats';
import type { Integrations } from './integrations';
import type { IntegrationRow } from './store/integrations';
import type { Deliver } from './webhooks';

const BODY_LIMIT = 4 * 1024 * 1024;

/** Vendors' webhooks: whoever has the key in the path is the integration; the body is read only after that is clear. */
export function alertRoutes(integrations: Integrations, deliver: Deliver, deps: RouterDeps): Router {
  const router = Router({ caseSensitive: true });
  const { path } = alertsDoors.alertmanager;

  const identify: RequestHandler = async (req, res, next) => {
    res.locals['integration'] = await integrations.ofKey(String(req.params['key']));
    next();
  };
  const body = express.json({ limit: BODY_LIMIT, strict: false, type: () => true });

  router.post(path, observed('alertmanager', deps), identify, body, async (req, res) => {
    const integration = res.locals['integration'] as IntegrationRow;
    const delivered = await deliver(integration, formats.alertmanager(req.body), requestOf(res));
    await integrations.heardOf(integration);
    res.json(delivered);
  });
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
