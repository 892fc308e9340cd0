import type { RequestListener } from 'node:http';
import express from 'express';
import { createAlerts } from './alerts';
import { alertsContract, alertsRoutes } from './alerts/contract';
import type { ModuleName } from './config/config';
import type { Secrets } from './config/secrets';
import { settingsOf } from './config/settings';
import { createGateway, createProxy, type FirstRun, remoteHealth, trustProxyOf } from './gateway';
import { gatewayContract } from './gateway/contract';
import { createIncidents } from './incidents';
import { incidentsContract } from './incidents/contract';
import { problemHandler, refuseUnknownRoute, requestIdentity, requireInternalToken } from './kernel/http/edge';
import { operationsRouter } from './kernel/http/health';
import { VERSION } from './kernel/jobs/status';
import { maskPhonesOf, maskUrlsOf } from './kernel/mask';
import type { Hosted } from './kernel/module';
import { SERVICE_NAMES } from './kernel/modules';
import { httpMetrics } from './kernel/observe/observe';
import type { Contract } from './kernel/ports/contract';
import { openApi } from './kernel/ports/openapi';
import { channelSetup, createNotify } from './notify';
import { notifyContract } from './notify/contract';
import { createOncall } from './oncall';
import { oncallContract, oncallRoutes } from './oncall/contract';
import { type Lifecycle, lifecycleOf, neighboursOf, type PlacementDeps, placement } from './placement';

export interface ComposeDeps extends Omit<PlacementDeps, 'internalToken' | 'metrics' | 'remote'> {
  secrets: Secrets;
}

/** The composed modules of this process. */
export interface Composed extends Lifecycle {
  app: RequestListener;
  /** How the first user is created; null if users exist, or if another process hosts the gateway. */
  firstRun(): Promise<FirstRun | null>;
}

/** All environment variables of a process that hosts modules. */
export const SETTINGS = settingsOf(channelSetup);

const CONTRACTS = {
  alerts: alertsContract,
  incidents: incidentsContract,
  oncall: oncallContract,
  notify: notifyContract,
  gateway: gatewayContract,
};

/** The API of all modules, as `/openapi.json` serves it. */
export const openApiDocument = (): Record<string, unknown> =>
  openApi('Tocsin', VERSION, CONTRACTS, { alerts: alertsRoutes });

/** Creates and connects the modules in the order of their dependencies. No other code knows where a module runs. */
export function compose({ config, secrets, databases, clock, log, registry }: ComposeDeps): Composed {
  maskUrlsOf(channelSetup.secretUrls);
  maskPhonesOf(channelSetup.phones);
  const { internalToken } = secrets;
  const metrics = httpMetrics(registry);
  const remote: PlacementDeps['remote'] = (url, module) => ({
    handler: createProxy(url, { ...config, internalToken, registry, service: SERVICE_NAMES[module] }),
    health: remoteHealth(url),
  });
  const placed = placement({ config, internalToken, databases, clock, log, registry, metrics, remote });
  const { hosted, place } = placed;

  const settings = {
    ...config,
    ...secrets,
    timeoutMs: config.notificationTimeoutMs,
    giveUpAfterMs: config.notifyGiveUpAfterMs,
    reachedWithinMs: config.pageReachedWithinMs,
  };
  const notify = place('notify', notifyContract, {}, (deps) => createNotify({ ...settings, ...deps }));
  const oncall = place('oncall', oncallContract, oncallRoutes, (deps) =>
    createOncall({ ...settings, ...deps, notify: notify.port }),
  );
  const incidents = place('incidents', incidentsContract, {}, (deps) =>
    createIncidents({ ...settings, ...deps, oncall: oncall.port, notify: notify.port }),
  );
  const alerts = place('alerts', alertsContract, alertsRoutes, (deps) =>
    createAlerts({ ...settings, ...deps, incidents: incidents.port, oncall: oncall.port }),
  );

  const app = express().disable('x-powered-by').disable('etag').set('trust proxy', trustProxyOf(config.trustProxy));
  const hostsGateway = config.hosted.includes('gateway');
  const service = SERVICE_NAMES[hostsGateway ? 'gateway' : (config.hosted[0] as ModuleName)];
  const pools = Object.fromEntries(Object.entries(databases).map(([name, { db }]) => [name, db]));
  const { health, readiness } = (hosted.length === 1 ? hosted[0] : undefined) ?? {};
  const { metricsToken } = config;
  app.use(requestIdentity);
  app.use(operationsRouter({ service, registry, databases: pools, metricsToken, health, readiness }));

  const gateway = hostsGateway
    ? createGateway({
        ...placed.depsOf('gateway'),
        settings,
        ...neighboursOf({ alerts, incidents, oncall, notify }),
        openapi: openApiDocument(),
        metrics,
      })
    : null;
  if (gateway !== null) {
    hosted.push(gateway as unknown as Hosted<Contract>);
    app.use(gateway.pipeline);
  } else {
    app.use(requireInternalToken(internalToken), placed.router, refuseUnknownRoute(placed.routes));
  }
  app.use(problemHandler(log));

  return {
    app: (req, res) => {
      if (!gateway?.fastIntake(req, res)) app(req, res);
    },
    firstRun: async () => gateway?.firstRun() ?? null,
    ...lifecycleOf(hosted),
  };
}
