import type { Db } from '../kernel/db/pool';
import { eventsFeed } from '../kernel/events/feed';
import { enqueue } from '../kernel/jobs/jobs';
import { enqueueRetention } from '../kernel/jobs/retention';
import { jobWorker } from '../kernel/jobs/worker';
import type { Hosted, ModuleDeps } from '../kernel/module';
import type { Port } from '../kernel/ports/contract';
import { localPort } from '../kernel/ports/local';
import { unreadableRows } from '../kernel/ports/unreadable';
import type { NotifyContract } from '../notify/contract';
import type { OncallContract } from '../oncall/contract';
import { type IncidentsContract, incidentsContract } from './contract';
import type { Deps } from './deps';
import { followNotify } from './escalation/followNotify';
import { followOncall } from './escalation/followOncall';
import { RECHECK_WAITING } from './escalation/recheck';
import { incidentJobs } from './jobs';
import { beginWithNewChanges, followChanges } from './messages/followChanges';
import { createMetrics } from './metrics';
import { createAnalytics } from './queries/analytics';
import { csvRoutes } from './routes';
import { incidentsService } from './service';
import { countsOf, meansOf } from './store/totals';

/** What the product gives to this module. */
export interface IncidentsDeps extends ModuleDeps {
  oncall: Port<OncallContract>;
  notify: Port<NotifyContract>;
  correlationWindowMinutes: number;
  /** The room (`channel:address`) that is notified if a policy is exhausted and reached no one. */
  fallbackTarget: string | null;
  /** Milliseconds after which a page that was not accepted counts as not reached. */
  reachedWithinMs: number;
  /** Whether paged people get a notice of the acknowledgement and the resolution. */
  notifyOutcome: boolean;
  retentionDays: number;
  auditDays: number;
}

const totalsIn = (db: Db) => ({ counts: () => countsOf(db), means: () => meansOf(db) });

/** Concurrent jobs: steps that are due together mostly wait for oncall and notify. */
const CONCURRENCY = 32;

/** Creates the module. */
export function createIncidents(deps: IncidentsDeps): Hosted<IncidentsContract> {
  const { db, databaseUrl, clock, log, registry } = deps;
  const moduleDeps: Deps = { ...deps, metrics: createMetrics(registry, totalsIn(db)), poke: () => worker.wake() };
  const feed = eventsFeed({ db, url: databaseUrl });
  const oncallFollower = followOncall(moduleDeps);
  const follower = followNotify(moduleDeps);
  const changes = followChanges(moduleDeps, feed);
  const analyses = createAnalytics(moduleDeps);
  const worker = jobWorker({
    db,
    url: databaseUrl,
    clock,
    log,
    handlers: incidentJobs(moduleDeps, { catchUp: () => follower.drain() }),
    concurrency: CONCURRENCY,
    probes: deps.probes,
    metrics: { registry, module: 'incidents' },
  });

  return {
    port: localPort(incidentsContract, incidentsService(moduleDeps, feed, analyses), unreadableRows(deps, 'incidents')),
    routes: () => csvRoutes(analyses),

    async start() {
      await feed.start();
      await beginWithNewChanges(deps, feed);
      await enqueueRetention(db, clock.now(), 0);
      // Channels and people may have changed while this module was away.
      await enqueue(db, clock.now(), [RECHECK_WAITING]);
      worker.start();
      follower.start();
      oncallFollower.start();
      changes.start();
    },

    async stop() {
      await Promise.all([follower.stop(), oncallFollower.stop(), changes.stop()]);
      await worker.stop();
      await feed.stop();
    },

    drain: async () =>
      (await worker.drain()) + (await follower.drain()) + (await oncallFollower.drain()) + (await changes.drain()),
  };
}
