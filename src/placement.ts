import { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Config, ModuleName } from './config/config';
import type { OpenDatabase, OpenDatabases } from './config/databases';
import type { Upstream } from './gateway';
import type { Clock } from './kernel/clock';
import { callerHeaders } from './kernel/http/edge';
import type { Probe } from './kernel/jobs/neighbours';
import type { Hosted, ModuleDeps } from './kernel/module';
import type { HttpMetrics, Log } from './kernel/observe/observe';
import { httpPort, readinessProbe } from './kernel/ports/client';
import type { Contract, Port, Route } from './kernel/ports/contract';
import { fastIntakeOf } from './kernel/ports/fastIntake';
import { routerOf } from './kernel/ports/router';

/** Where modules run: in this process or at a URL. Callers use the same port in both cases. */

export interface PlacementDeps {
  config: Config;
  internalToken: string;
  databases: OpenDatabases;
  clock: Clock;
  log: Log;
  registry: Registry;
  metrics: HttpMetrics;
  /** How the gateway reaches a module at a URL. */
  remote: (url: string, module: ModuleName) => Pick<Upstream, 'handler' | 'health'>;
}

export interface Placed<C extends Contract> {
  port: Port<C>;
  /** How the gateway reaches the module. Call it only in a process that hosts the gateway. */
  upstream(): Upstream;
}

export interface Placement {
  /** The modules of this process, lowest first. */
  hosted: Hosted<Contract>[];
  /** The router of the modules of this process. */
  router: Router;
  /** Their routes, by module. */
  routes: Record<string, Record<string, Route>>;
  depsOf(name: ModuleName): ModuleDeps;
  /** Builds the module if this process hosts it, else connects to its URL. */
  place<C extends Contract>(
    name: Exclude<ModuleName, 'gateway'>,
    contract: C,
    vendorRoutes: Record<string, Route>,
    build: (deps: ModuleDeps) => Hosted<C>,
  ): Placed<C>;
}

/** Places modules by the configuration. */
export function placement(deps: PlacementDeps): Placement {
  const { config, databases, clock, log, registry, metrics } = deps;
  const hosted: Hosted<Contract>[] = [];
  const router = Router();
  const routes: Placement['routes'] = {};
  const probes: Record<string, Probe> = {};

  const depsOf = (name: ModuleName): ModuleDeps => {
    const { db, url } = databases[name] as OpenDatabase;
    return { db, databaseUrl: url, clock, registry, log: log.child({ module: name }), probes };
  };

  function routesOf<C extends Contract>(name: ModuleName, contract: C, module: Hosted<C>): Router {
    const routerDeps = { module: name, log, metrics };
    const contractRouter = routerOf(contract, module.port, routerDeps);
    const own = module.routes?.(routerDeps);
    return own ? Router().use(own, contractRouter) : contractRouter;
  }

  const place: Placement['place'] = (name, contract, vendorRoutes, build) => {
    const operations = { ...contract, ...vendorRoutes };
    if (!config.hosted.includes(name)) {
      const url = config.urls[name] ?? '';
      probes[name] = readinessProbe(url);
      return {
        port: httpPort(contract, url, { headers: callerHeaders(deps.internalToken), neighbour: name }),
        upstream: () => ({ routes: operations, ...deps.remote(url, name) }),
      };
    }
    const moduleDeps = depsOf(name);
    probes[name] = async () => moduleDeps.db.raw('select 1');
    const module = build(moduleDeps);
    hosted.push(module as unknown as Hosted<Contract>);
    const own = routesOf(name, contract, module);
    const fastIntake = fastIntakeOf(contract, module.port, { module: name, log, metrics });
    router.use(own);
    routes[name] = operations;
    return {
      port: module.port,
      upstream: () => ({
        routes: operations,
        handler: own,
        fastIntake,
        health: async () => ({ status: 'up', code: 200 }),
      }),
    };
  };

  return { hosted, router, routes, depsOf, place };
}

/** Upstreams and ports of modules, as the gateway takes them. */
export function neighboursOf<P extends Record<string, { port: unknown; upstream(): Upstream }>>(placed: P) {
  const modules = Object.entries(placed);
  return {
    upstreams: Object.fromEntries(modules.map(([name, { upstream }]) => [name, upstream()])) as Record<
      keyof P,
      Upstream
    >,
    ports: Object.fromEntries(modules.map(([name, { port }]) => [name, port])) as { [K in keyof P]: P[K]['port'] },
  };
}

/** What starts and stops the composed modules. */
export interface Lifecycle {
  start(): Promise<void>;
  /** Ends event streams, before the server waits for open requests. */
  release(): void;
  stop(): Promise<void>;
  /** Runs every due job and followed event, and returns how many ran. Tests use it to control time. */
  drain(): Promise<number>;
}

/** Starts modules lowest first and stops them in reverse, so that a module never runs without those it calls. */
export const lifecycleOf = (hosted: readonly Hosted<Contract>[]): Lifecycle => ({
  async start() {
    for (const module of hosted) await module.start();
  },
  release() {
    for (const module of hosted) module.release?.();
  },
  async stop() {
    for (const module of [...hosted].reverse()) await module.stop();
  },
  async drain() {
    let ran = 0;
    for (const module of hosted) ran += await module.drain();
    return ran;
  },
});
