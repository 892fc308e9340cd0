import { type RequestHandler, Router } from 'express';
import type { FairTurns } from '../kernel/async/fairTurns';
import type { Clock } from '../kernel/clock';
import type { Spool } from '../kernel/http/spool';
import type { Port } from '../kernel/ports/contract';
import type { RouterDeps } from '../kernel/ports/router';
import type { SecretBox } from '../kernel/secretBox';
import type { AlertsContract } from './contract';
import type { Heartbeats } from './heartbeats/heartbeats';
import type { PingKeys } from './heartbeats/pingKeys';
import type { Pings } from './heartbeats/pings';
import type { Counters } from './integrations/counters';
import type { Deliver } from './integrations/deliver';
import type { ToolsOf } from './integrations/formatTools';
import type { KeyLookup } from './integrations/keys';
import type { RateLimit } from './integrations/rate';
import type { Reject } from './integrations/rejectedPayloads';
import type { Mapper } from './mapping/mapper';
import { type AlertmanagerApiDeps, alertmanagerRouter } from './routes/alertmanagerApi';
import { batchRoute } from './routes/batch';
import { formatRouter, idsOf } from './routes/formats';
import { pingRouter } from './routes/pings';
import type { IntegrationRow } from './store/integrations';

export interface AlertRoutesDeps {
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
  heartbeats: Heartbeats;
  pingKeys: PingKeys;
  pings: Pings;
  clock: Clock;
  alertmanager: Omit<AlertmanagerApiDeps, 'spool'>;
  port: Port<AlertsContract>;
}

/** The endpoints of vendors' formats, of pings and of Alertmanager's API, and the batch operation for large bodies. */
export function alertRoutes(
  { port, heartbeats, pingKeys: keys, pings, alertmanager, ...formats }: AlertRoutesDeps,
  deps: RouterDeps,
): Router {
  const { spool } = formats;
  const observe = (operation: string): RequestHandler => observed(operation, deps);
  return Router({ caseSensitive: true }).use(
    formatRouter({ ...formats, log: deps.log, observe }),
    pingRouter({ heartbeats, keys, pings, observe }),
    alertmanagerRouter({ ...alertmanager, spool }, observe),
    batchRoute({ port, spool, observe: observe('receiveBatch') }),
  );
}

/** Measures a request like every operation and logs it. The key in the path is never logged. */
function observed(operation: string, { module, log, metrics }: RouterDeps): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    res.locals['operation'] = `${module}.${operation}`;
    res.once('close', () => {
      const elapsedMs = performance.now() - started;
      const status = res.writableFinished ? res.statusCode : 499;
      metrics.observe(module, operation, req.method, status, elapsedMs / 1_000);
      const { name } = (res.locals['integration'] ?? {}) as Partial<IntegrationRow>;
      const line = { module, operation, status, ms: Math.round(elapsedMs * 10) / 10, ...idsOf(res), actor: name };
      log[status >= 500 ? 'error' : status >= 400 ? 'info' : 'debug'](line, 'answered');
    });
    next();
  };
}
