import { type RequestHandler, Router } from 'express';
import type { IncidentsContract } from '../incidents/contract';
import type { Port } from '../kernel/contract';
import { localPort } from '../kernel/local';
import type { Hosted, ModuleDeps } from '../kernel/module';
import type { HttpMetrics } from '../kernel/observe';
import { routerOf } from '../kernel/router';
import { jobWorker } from '../kernel/worker';
import { linkDoors, linkRoutes } from './actions';
import { type GatewayContract, gatewayContract } from './contract';
import { addEnvironmentUsers, type FirstRun, firstRun } from './firstRun';
import { createFront } from './front';
import type { Houses } from './house';
import { createIdentities } from './identity';
import { createJobs, PACE, schedule } from './jobs';
import { gatewayMetrics } from './metrics';
import { pageRoutes } from './page';
import { createPasswords } from './passwords';
import type { GatewaySettings, Rooms } from './rooms';
import { cookieRoutes } from './routes';
import { createService } from './service';
import { createThrottle } from './throttle';

export type { FirstRun } from './firstRun';
export { type House, remoteHealth } from './house';
export { proxyDoor } from './proxy';
export type { GatewaySettings } from './rooms';

export interface GatewayDeps extends ModuleDeps {
  settings: GatewaySettings;
  houses: Houses;
  incidents: Port<IncidentsContract>;
  openapi: object;
  /** Of the process: the gateway's own operations are measured like everybody's. */
  metrics: HttpMetrics;
}

export interface Gateway extends Hosted<GatewayContract> {
  /** Everything from the request id to the doors. Operations (`/health`, `/metrics`) stand before it, the problem handler after. */
  front: RequestHandler;
  /** How the very first person gets in; null once that is settled. Asked after start. */
  firstRun(): Promise<FirstRun | null>;
}

export function createGateway(deps: GatewayDeps): Gateway {
  const { db, clock, log, registry, settings, houses, incidents, openapi, metrics } = deps;
  const rooms: Rooms = {
    db,
    clock,
    log,
    settings,
    houses,
    passwords: createPasswords(),
    throttle: createThrottle(db, clock),
    identities: createIdentities(db, clock, settings.apiKeys),
  };
  const port = localPort(gatewayContract, createService(rooms));
  const worker = jobWorker({
    db,
    url: deps.databaseUrl,
    clock,
    log,
    handlers: createJobs(rooms),
    metrics: { registry, module: 'gateway' },
  });
  const routes = () =>
    Router().use(cookieRoutes(settings.publicUrl), linkRoutes({ incidents, secretKey: settings.secretKey, clock }));
  const own = {
    doors: { ...gatewayContract, ...linkDoors },
    door: Router().use(routes(), routerOf(gatewayContract, port, { module: 'gateway', log, metrics })),
  };
  return {
    port,
    routes,
    front: createFront({ rooms, metrics: gatewayMetrics(registry), page: pageRoutes(openapi), own }),
    firstRun: () => firstRun(rooms),
    async start() {
      await addEnvironmentUsers(rooms);
      await schedule(rooms, 'retention', PACE.retention);
      await schedule(rooms, 'sweep_hits', PACE.sweep_hits);
      worker.start();
    },
    stop: () => worker.stop(),
    drain: () => worker.drain(),
  };
}

/** TRUST_PROXY as Express takes it: a number of hops, or addresses; nothing trusts nobody. */
export function trustProxyOf(text: string | undefined): number | string[] | false {
  if (text === undefined || text.trim() === '') return false;
  if (/^\s*\d{1,3}\s*$/.test(text)) return Number(text);
  return text
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}
