import { type RequestHandler, Router } from 'express';
import { eventsFeed } from '../kernel/events/feed';
import { enqueueRetention } from '../kernel/jobs/retention';
import { jobWorker } from '../kernel/jobs/worker';
import type { Hosted, ModuleDeps } from '../kernel/module';
import type { HttpMetrics } from '../kernel/observe/observe';
import { type Port, systemCaller } from '../kernel/ports/contract';
import { localPort } from '../kernel/ports/local';
import { routerOf } from '../kernel/ports/router';
import { unreadableRows } from '../kernel/ports/unreadable';
import type { NotifyContract } from '../notify/contract';
import { auditFollowers } from './audit/follow';
import { prefixOf } from './auth/cookies';
import { createIdentities, environmentId } from './auth/identity';
import { createPasswords } from './auth/passwords';
import { createThrottle } from './auth/throttle';
import { type GatewayContract, gatewayContract } from './contract';
import type { Deps, GatewaySettings, Neighbours } from './deps';
import { type QuickIntake, quickIntake } from './http/fastIntake';
import { linkDoors, linkRoutes } from './http/links';
import { createFront } from './http/pipeline';
import { pageRoutes } from './http/staticPages';
import type { Upstreams } from './http/upstream';
import { createJobs, enqueueSweep, promiseEndOfOtherFeeds } from './jobs';
import { createHub } from './live/hub';
import { createStreams, type StreamsOptions } from './live/streams';
import type { ReadEvents } from './live/tail';
import { gatewayMetrics } from './metrics';
import { addEnvironmentUsers, type FirstRun, firstRun } from './onboarding/firstRun';
import { cookieRoutes } from './routes';
import { createService } from './service';

export type { GatewaySettings, Neighbours } from './deps';
export { proxyDoor } from './http/proxy';
export { remoteHealth, type Upstream } from './http/upstream';
export type { FirstRun } from './onboarding/firstRun';

export interface GatewayDeps extends ModuleDeps {
  settings: GatewaySettings;
  houses: Upstreams;
  ports: Neighbours;
  openapi: object;
  /** Of the process: the gateway's own operations are measured like everybody's. */
  metrics: HttpMetrics;
  /** Pace and bounds of the event streams, where they are not the usual ones. */
  streams?: Partial<StreamsOptions>;
}

export interface Gateway extends Hosted<GatewayContract> {
  /** Everything from the request id to the doors. Operations (`/health`, `/metrics`) stand before it, the problem handler after. */
  front: RequestHandler;
  /** Stands before everything else and takes what it can answer at once; false for all that must go the whole way. */
  quick: QuickIntake;
  /** How the very first person gets in; null once that is settled. Asked after start. */
  firstRun(): Promise<FirstRun | null>;
}

export function createGateway(deps: GatewayDeps): Gateway {
  const { db, clock, log, registry, settings, houses, ports, openapi, metrics } = deps;
  const rooms: Deps = {
    db,
    clock,
    log,
    settings,
    houses,
    ports,
    passwords: createPasswords(),
    throttle: createThrottle(db, clock),
    identities: createIdentities(db, clock, settings.apiKeys),
  };
  // Whatever is written down may end somebody's access, and all processes of the gateway hear of it.
  const feed = eventsFeed({ db, url: deps.databaseUrl, onNews: rooms.identities.revalidate });
  const readers = readersOf(ports);
  const hub = createHub({ ...readers, gateway: feed.wait }, log);
  const followers = auditFollowers(readers, { db, clock, log });
  const counts = gatewayMetrics(registry);
  const streams = createStreams({ hub, identities: rooms.identities, clock, metrics: counts, ...deps.streams });
  const port = localPort(gatewayContract, createService(rooms, hub, streams), unreadableRows(deps, 'gateway'));
  const worker = jobWorker({
    db,
    url: deps.databaseUrl,
    clock,
    log,
    handlers: createJobs(rooms),
    metrics: { registry, module: 'gateway' },
  });
  const routes = () =>
    Router()
      .use(cookieRoutes({ publicUrl: settings.publicUrl, secretKey: settings.secretKey, clock }))
      .use(linkRoutes({ incidents: ports.incidents, secretKey: settings.secretKey, clock }))
      .get(gatewayContract.events.path, streams.handler);
  const own = {
    doors: { ...gatewayContract, ...linkDoors },
    door: Router().use(routes(), routerOf(gatewayContract, port, { module: 'gateway', log, metrics })),
  };
  return {
    port,
    routes,
    front: createFront({ rooms, metrics: counts, page: pageRoutes(openapi, prefixOf(settings.publicUrl)), own }),
    quick: quickIntake(rooms, counts),
    firstRun: () => firstRun(rooms),
    async start() {
      await addEnvironmentUsers(rooms);
      await promiseEndOfOtherFeeds(db, clock.now(), settings.apiKeys.map(environmentId));
      await enqueueRetention(db, clock.now());
      await enqueueSweep(rooms);
      await feed.start();
      for (const follower of followers) follower.start();
      worker.start();
    },
    release: streams.release,
    async stop() {
      streams.release();
      await Promise.all(followers.map((follower) => follower.stop()));
      await worker.stop();
      await feed.stop();
    },
    async drain() {
      let done = await worker.drain();
      for (const follower of followers) done += await follower.drain();
      return done;
    },
  };
}

type Followed = Record<keyof Neighbours, ReadEvents>;

/** How the facts of the modules below are read, in the gateway's own name. */
function readersOf({ alerts, incidents, oncall, notify }: Neighbours): Followed {
  const caller = systemCaller('gateway-follows');
  const reader =
    (port: Pick<Port<NotifyContract>, 'events'>): ReadEvents =>
    (after, wait_ms, limit) =>
      port.events({ ...(after !== null && { after }), wait_ms, limit }, caller);
  return { alerts: reader(alerts), incidents: reader(incidents), oncall: reader(oncall), notify: reader(notify) };
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
