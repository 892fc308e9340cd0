import type { RequestListener } from 'node:http';
import express, { Router } from 'express';
import type { Registry } from 'prom-client';
import { createAlerts } from './alerts';
import { alertsContract, alertsDoors } from './alerts/contract';
import type { Config, ModuleName } from './config';
import type { OpenDatabase, OpenDatabases } from './databases';
import {
  createGateway,
  type FirstRun,
  type Gateway,
  type House,
  proxyDoor,
  remoteHealth,
  trustProxyOf,
} from './gateway';
import { gatewayContract } from './gateway/contract';
import { createIncidents } from './incidents';
import { incidentsContract } from './incidents/contract';
import { httpPort, readinessProbe } from './kernel/client';
import type { Clock } from './kernel/clock';
import type { Contract, Door, Port } from './kernel/contract';
import { callerHeaders, internalDoor, problemHandler, requestIdentity, unanswered } from './kernel/edge';
import { maskUrlsOf } from './kernel/mask';
import type { Hosted, ModuleDeps } from './kernel/module';
import type { Probe } from './kernel/neighbours';
import { httpMetrics, type Log } from './kernel/observe';
import { openApi } from './kernel/openapi';
import { operationsRouter } from './kernel/operations';
import { quickOf } from './kernel/quick';
import { routerOf } from './kernel/router';
import { VERSION } from './kernel/standing';
import { channelSetup, createNotify } from './notify';
import { notifyContract } from './notify/contract';
import { createOncall } from './oncall';
import { oncallContract, oncallDoors } from './oncall/contract';
import type { Secrets } from './secrets';
import { settingsOf } from './settings';

export interface ComposeDeps {
  config: Config;
  secrets: Secrets;
  databases: OpenDatabases;
  clock: Clock;
  log: Log;
  registry: Registry;
}

/** The modules of this process, wired and ready to be listened for. */
export interface Composed {
  app: RequestListener;
  start(): Promise<void>;
  /** Ends answers that would go on for ever, before the server waits for those in hand. */
  release(): void;
  stop(): Promise<void>;
  /** Runs all that is due in the modules that live here, and says how much that was. */
  drain(): Promise<number>;
  /** How the very first person gets in; null where that is settled, or where the gateway lives elsewhere. */
  firstRun(): Promise<FirstRun | null>;
}

interface Wired<C extends Contract> {
  port: Port<C>;
  /** How the gateway reaches the module; asked only where the gateway lives. */
  house(): House;
}

/** Every environment variable of a process that hosts modules. */
export const SETTINGS = settingsOf(channelSetup);

const SERVICE: Record<ModuleName, string> = {
  alerts: 'alert-ingestion',
  incidents: 'incident-management',
  oncall: 'oncall-service',
  notify: 'notification-service',
  gateway: 'api-gateway',
};

const CONTRACTS = {
  alerts: alertsContract,
  incidents: incidentsContract,
  oncall: oncallContract,
  notify: notifyContract,
  gateway: gatewayContract,
};

/** The API of all modules, as `/openapi.json` serves it. */
export const openApiDocument = (): Record<string, unknown> =>
  openApi('Tocsin', VERSION, CONTRACTS, { alerts: alertsDoors });

/** The whole house, wired by hand in the order of its dependencies. Nothing else knows where a module lives. */
export function compose({ config, secrets, databases, clock, log, registry }: ComposeDeps): Composed {
  maskUrlsOf(channelSetup.secretUrls);
  const here = (name: ModuleName) => config.hosted.includes(name);
  const metrics = httpMetrics(registry);
  const hosted: Hosted<Contract>[] = [];
  const doors = Router();
  const openings: Record<string, Record<string, Door>> = {};
  const probes: Record<string, Probe> = {};

  const depsOf = (name: ModuleName): ModuleDeps => {
    const { db, url } = databases[name] as OpenDatabase;
    return { db, databaseUrl: url, clock, registry, log: log.child({ module: name }), probes };
  };
  const routesOf = <C extends Contract>(name: ModuleName, contract: C, module: Hosted<C>): Router => {
    const deps = { module: name, log, metrics };
    const own = module.routes?.(deps);
    return own ? Router().use(own, routerOf(contract, module.port, deps)) : routerOf(contract, module.port, deps);
  };

  /** A module lives here (build it) or elsewhere (dial it); its neighbours cannot tell. */
  function wire<C extends Contract>(
    name: Exclude<ModuleName, 'gateway'>,
    contract: C,
    moreDoors: Record<string, Door>,
    build: (deps: ModuleDeps) => Hosted<C>,
  ): Wired<C> {
    const mine = { ...contract, ...moreDoors };
    if (!here(name)) {
      const url = config.urls[name] ?? '';
      probes[name] = readinessProbe(url);
      const proxy = { ...config, internalToken: secrets.internalToken, registry, service: SERVICE[name] };
      return {
        port: httpPort(contract, url, { headers: callerHeaders(secrets.internalToken), neighbour: name }),
        house: () => ({ doors: mine, door: proxyDoor(url, proxy), health: remoteHealth(url) }),
      };
    }
    const deps = depsOf(name);
    probes[name] = async () => deps.db.raw('select 1');
    const module = build(deps);
    hosted.push(module as unknown as Hosted<Contract>);
    const door = routesOf(name, contract, module);
    const quick = quickOf(contract, module.port, { module: name, log, metrics });
    doors.use(door);
    openings[name] = mine;
    return {
      port: module.port,
      house: () => ({ doors: mine, door, quick, health: async () => ({ status: 'up', code: 200 }) }),
    };
  }

  const settings = {
    ...config,
    ...secrets,
    timeoutMs: config.notificationTimeoutMs,
    giveUpAfterMs: config.notifyGiveUpAfterMs,
    reachedWithinMs: config.pageReachedWithinMs,
  };
  const notify = wire('notify', notifyContract, {}, (deps) => createNotify({ ...settings, ...deps }));
  const oncall = wire('oncall', oncallContract, oncallDoors, (deps) =>
    createOncall({ ...settings, ...deps, notify: notify.port }),
  );
  const incidents = wire('incidents', incidentsContract, {}, (deps) =>
    createIncidents({ ...settings, ...deps, oncall: oncall.port, notify: notify.port }),
  );
  const alerts = wire('alerts', alertsContract, alertsDoors, (deps) =>
    createAlerts({ ...settings, ...deps, incidents: incidents.port }),
  );

  const app = express().disable('x-powered-by').disable('etag').set('trust proxy', trustProxyOf(config.trustProxy));
  app.use(requestIdentity);
  const pools = Object.fromEntries(Object.entries(databases).map(([name, { db }]) => [name, db]));
  const service = SERVICE[here('gateway') ? 'gateway' : (config.hosted[0] as ModuleName)];
  const alone = hosted.length === 1 ? hosted[0] : undefined;
  const { health, readiness } = alone ?? {};
  app.use(
    operationsRouter({ service, registry, databases: pools, metricsToken: config.metricsToken, health, readiness }),
  );

  let firstRun: Composed['firstRun'] = async () => null;
  let quick: Gateway['quick'] = () => false;
  if (here('gateway')) {
    const houses = {
      alerts: alerts.house(),
      incidents: incidents.house(),
      oncall: oncall.house(),
      notify: notify.house(),
    };
    const gateway = createGateway({
      ...depsOf('gateway'),
      settings,
      houses,
      ports: { alerts: alerts.port, incidents: incidents.port, oncall: oncall.port, notify: notify.port },
      openapi: openApiDocument(),
      metrics,
    });
    hosted.push(gateway as unknown as Hosted<Contract>);
    app.use(gateway.front);
    firstRun = gateway.firstRun;
    quick = gateway.quick;
  } else {
    app.use(internalDoor(secrets.internalToken), doors, unanswered(openings));
  }
  app.use(problemHandler(log));

  return {
    app: (req, res) => {
      if (!quick(req, res)) app(req, res);
    },
    firstRun,
    start: async () => {
      for (const module of hosted) await module.start();
    },
    release: () => {
      for (const module of hosted) module.release?.();
    },
    stop: async () => {
      for (const module of [...hosted].reverse()) await module.stop();
    },
    drain: async () => {
      let ran = 0;
      for (const module of hosted) ran += await module.drain();
      return ran;
    },
  };
}
