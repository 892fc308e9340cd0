import { randomUUID } from 'node:crypto';
import { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express';
import type { Caller, Port } from '../kernel/contract';
import { problemOf } from '../kernel/edge';
import { withListBody } from '../kernel/listBody';
import { Problem } from '../kernel/problem';
import type { RouterDeps } from '../kernel/router';
import type { Spool } from '../kernel/spool';
import { type AlertsContract, alertsDoors } from './contract';
import type { Integrations } from './integrations';
import { type Reject, SHOWN_BYTES } from './rejecting';
import { batchRoute } from './routes/batch';
import type { IntegrationRow } from './store/integrations';
import { type Deliver, MOST_ALERTS } from './webhooks';

export interface AlertRoutesDeps {
  integrations: Integrations;
  deliver: Deliver;
  reject: Reject;
  spool: Spool;
  port: Port<AlertsContract>;
}

/** Vendors' webhooks: whoever has the key in the path is the integration; the body is read only after that is clear. */
export function alertRoutes({ integrations, deliver, reject, spool, port }: AlertRoutesDeps, deps: RouterDeps): Router {
  const router = Router({ caseSensitive: true });
  const { path } = alertsDoors.alertmanager;

  const identify: RequestHandler = async (req, res, next) => {
    res.locals['integration'] = await integrations.ofKey(String(req.params['key']));
    next();
  };
  /** What could not be read is kept; what could not be stored will be sent again. */
  const keepRejected: ErrorRequestHandler = async (error, _req, res, next) => {
    const integration = res.locals['integration'] as IntegrationRow | undefined;
    const problem = problemOf(error);
    if (integration !== undefined && problem.status < 500) {
      await reject(integration.id, problem, (res.locals['raw'] as Buffer | undefined) ?? Buffer.alloc(0));
    }
    next(error);
  };

  router.post(path, observed('alertmanager', deps), identify, async (req, res) => {
    const integration = res.locals['integration'] as IntegrationRow;
    refuseOtherCharsets(req.get('content-type'));
    const options = { spool, key: `integration ${integration.id}`, list: 'alerts', most: MOST_ALERTS };
    const delivered = await withListBody(
      req,
      options,
      (payload) => deliver(integration, 'alertmanager', payload, requestOf(res)),
      (head) => {
        res.locals['raw'] = Buffer.from(head.subarray(0, SHOWN_BYTES));
      },
    );
    await integrations.heardOf(integration);
    res.json(delivered);
  });
  router.use(path, keepRejected);
  return router.use(batchRoute({ port, spool, observe: observed('receiveBatch', deps) }));
}

/** Tools that send JSON in another charset than its own are rare; what they send would be stored garbled. */
function refuseOtherCharsets(type: string | undefined): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    throw new Problem('malformed', 'This character set is not supported; send UTF-8.');
  }
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
