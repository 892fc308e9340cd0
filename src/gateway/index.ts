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
import { inboundOperations, inboundRoutes } from './answers/inbound';
import { followPolled } from './answers/polled';
import { tokenOperations, tokenRoutes } from './answers/tokens';
import { auditFollowers } from './audit/follow';
import { prefixOf } from './auth/cookies';
import { createIdentities, environmentId } from './auth/identity';
import { createPasswords } from './auth/passwords';
import { createThrottle } from './auth/throttle';
import { type GatewayContract, gatewayContract } from './contract';
import type { Deps, GatewaySettings, Neighbours } from './deps';
import { contactCardOperations, contactCardRoutes } from './http/contactCard';
import { createFastIntake, type FastIntakeHandler } from './http/fastIntake';
import { linkOperations, linkRoutes } from './http/links';
import { createPipeline } from './http/pipeline';
import { pageRoutes } from './http/staticPages';
import type { Upstreams } from './http/upstream';
import { createJobs, enqueueEndOfOtherFeeds, enqueueSweep } from './jobs';
import { createHub } from './live/hub';
import { createStreams, type StreamsOptions } from './live/streams';
import type { ReadEvents } from './live/tail';
import { gatewayMetrics } from './metrics';
import { addEnvironmentUsers, type FirstRun, firstRun } from './onboarding/firstRun';
import { cookieRoutes } from './routes';
import { selfWatch } from './selfWatch/watch';
import { createService } from './service';

export type { GatewaySettings, Neighbours } from './deps';
export { createProxy } from './http/proxy';
export { remoteHealth, type Upstream } from './http/upstream';
export type { FirstRun } from './onboarding/firstRun';

export interface GatewayDeps extends ModuleDeps {
  settings: GatewaySettings;
  upstreams: Upstreams;
  ports: Neighbours;
  openapi: object;
  /** HTTP metrics of the process. The gateway's own operations count there like those of every module. */
  metrics: HttpMetrics;
  /** Pace and limits of the event streams, if not the defaults. */
  streams?: Partial<StreamsOptions>;
}

export interface Gateway extends Hosted<GatewayContract> {
  /** Middleware from the request id to the routes. Mount it after `/health` and `/metrics`, and before the problem handler. */
  pipeline: RequestHandler;
  /** Called before the Express app. Answers a plain alert itself and returns true, or returns false for the app to answer. */
  fastIntake: FastIntakeHandler;
  /** How the first administrator logs in; null if a user or a key exists. Call it after `start`. */
  firstRun(): Promise<FirstRun | null>;
}

/** Builds the gateway: its operations, the request pipeline, the event stream, the audit log and its jobs. */
export function createGateway(options: GatewayDeps): Gateway {
  const { db, clock, log, registry, settings, upstreams, ports, openapi, metrics } = options;
  const deps: Deps = {
    db,
    clock,
    log,
    settings,
    upstreams,
    ports,
    passwords: createPasswords(),
    throttle: createThrottle(db, clock),
    identities: createIdentities(db, clock, settings.apiKeys),
  };
  // Each event may end the access of a caller, so every process of the gateway reads the credentials again after one.
  const feed = eventsFeed({ db, url: options.databaseUrl, onNews: deps.identities.revalidate });
  const readers = readersOf(ports);
  const hub = createHub({ ...readers, gateway: feed.wait }, log);
  const followers = [...auditFollowers(readers, { db, clock, log }), followPolled(deps)];
  const counts = gatewayMetrics(registry);
  const streams = createStreams({ hub, identities: deps.identities, clock, metrics: counts, ...options.streams });
  const port = localPort(gatewayContract, createService(deps, hub, streams), unreadableRows(options, 'gateway'));
  const worker = jobWorker({
    db,
    url: options.databaseUrl,
    clock,
    log,
    handlers: createJobs(deps),
    metrics: { registry, module: 'gateway' },
  });
  const watch = selfWatch({ ...deps, registry });
  const routes = () =>
    Router()
      .use(cookieRoutes({ publicUrl: settings.publicUrl, secretKey: settings.secretKey, clock }))
      .use(linkRoutes({ incidents: ports.incidents, secretKey: settings.secretKey, clock }))
      .use(contactCardRoutes({ notify: ports.notify, publicUrl: settings.publicUrl }))
      .use(inboundRoutes({ db, ports, log, clock, publicUrl: settings.publicUrl }), tokenRoutes({ db, ports, log }))
      .get(gatewayContract.events.path, streams.handler);
  const own = {
    routes: {
      ...gatewayContract,
      ...linkOperations,
      ...contactCardOperations,
      ...inboundOperations,
      ...tokenOperations,
    },
    handler: Router().use(routes(), routerOf(gatewayContract, port, { module: 'gateway', log, metrics })),
  };
  return {
    port,
    routes,
    pipeline: createPipeline({ deps, metrics: counts, page: pageRoutes(openapi, prefixOf(settings.publicUrl)), own }),
    fastIntake: createFastIntake(deps, counts),
    firstRun: () => firstRun(deps),
    async start() {
      await addEnvironmentUsers(deps);
      await enqueueEndOfOtherFeeds(db, clock.now(), settings.apiKeys.map(environmentId));
      await enqueueRetention(db, clock.now());
      await enqueueSweep(deps);
      await feed.start();
      for (const follower of followers) follower.start();
      worker.start();
      watch.start();
    },
    release: streams.release,
    async stop() {
      streams.release();
      await watch.stop();
      await Promise.all(followers.map((follower) => follower.stop()));
      await worker.stop();
      await feed.stop();
    },
    async drain() {
      let done = (await worker.drain()) + (await watch.drain());
      for (const follower of followers) done += await follower.drain();
      return done;
    },
  };
}

type Readers = Record<keyof Neighbours, ReadEvents>;

/** Long polls of the events of the modules below, with the gateway as the caller. */
function readersOf({ alerts, incidents, oncall, notify }: Neighbours): Readers {
  const caller = systemCaller('gateway-follows');
  const reader =
    (port: Pick<Port<NotifyContract>, 'events'>): ReadEvents =>
    (after, wait_ms, limit) =>
      port.events({ ...(after !== null && { after }), wait_ms, limit }, caller);
  return { alerts: reader(alerts), incidents: reader(incidents), oncall: reader(oncall), notify: reader(notify) };
}

/** TRUST_PROXY as Express takes it: a number of hops or a list of addresses; false if it is empty. */
export function trustProxyOf(text: string | undefined): number | string[] | false {
  if (text === undefined || text.trim() === '') return false;
  if (/^\s*\d{1,3}\s*$/.test(text)) return Number(text);
  return text
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}
