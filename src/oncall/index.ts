import { eventsFeed } from '../kernel/events/feed';
import { enqueue } from '../kernel/jobs/jobs';
import { enqueueRetention } from '../kernel/jobs/retention';
import { jobWorker } from '../kernel/jobs/worker';
import type { Hosted, ModuleDeps } from '../kernel/module';
import type { Port } from '../kernel/ports/contract';
import { localPort } from '../kernel/ports/local';
import { unreadableRows } from '../kernel/ports/unreadable';
import type { NotifyContract } from '../notify/contract';
import { type OncallContract, oncallContract } from './contract';
import { oncallJobs } from './jobs';
import { oncallMetrics } from './metrics';
import { measuredRoutes } from './routes';
import { calendarRoutes } from './routes/calendar';
import { seedSchedules } from './seed';
import { oncallService } from './service';
import { LOOK_FOR_GAPS, LOOK_FOR_HANDOFFS } from './service/notices';
import { publishing } from './service/publish';
import { totals } from './store/retention';
import { scheduledTeamsAt, type TeamAt } from './store/teams';
import { warmZones } from './store/zones';

export interface OncallDeps extends ModuleDeps {
  notify: Port<NotifyContract>;
  /** The team of services without an owner. */
  defaultTeam: string | null;
  /** The address of the installation, without a slash at its end. */
  publicUrl: string;
  defaultOverrideHours: number;
  /** How long before a hand-off people are notified; 0 switches notices off. */
  handoffNoticeMinutes: number;
  seedDefaultSchedules: boolean;
  auditDays: number;
  retentionDays: number;
}

const coverageOf = ({ team, onCall }: TeamAt) => ({
  team,
  primary: onCall.primaries.length,
  secondary: onCall.secondaries.length,
});

/** Creates the on-call module: schedules, people on call, escalation policies and steps. */
export function createOncall(deps: OncallDeps): Hosted<OncallContract> {
  const { db, databaseUrl: url, clock, log, registry } = deps;
  const metrics = oncallMetrics(registry, {
    totals: () => totals(db, clock.now()),
    coverage: async () => (await scheduledTeamsAt(db, clock.now())).map(coverageOf),
  });
  const feed = eventsFeed({ db, url });
  const handlers = oncallJobs({ ...deps, metrics });
  const metered = { registry, module: 'oncall' };
  const worker = jobWorker({ db, url, clock, log, handlers, probes: deps.probes, metrics: metered });
  return {
    port: localPort(oncallContract, oncallService({ ...deps, metrics, feed }), unreadableRows(deps, 'oncall')),
    routes: (routerDeps) => measuredRoutes(metrics).use(calendarRoutes(publishing(deps), routerDeps)),
    async health() {
      const { schedules, overrides } = await totals(db, clock.now());
      return { timestamp: clock.now().toISOString(), schedules_count: schedules, active_overrides: overrides };
    },
    readiness: async () => ({ schedules_loaded: (await totals(db, clock.now())).schedules > 0 }),
    async start() {
      if (deps.seedDefaultSchedules) {
        const seeded = await seedSchedules(db, clock);
        metrics.schedulesCreated.inc(seeded);
      }
      await enqueueRetention(db, clock.now());
      await enqueue(db, clock.now(), [LOOK_FOR_HANDOFFS, LOOK_FOR_GAPS]);
      await feed.start();
      worker.start();
      warmZones(db).catch((error) => log.warn({ err: error }, 'time zones are read when they are first used'));
    },
    async stop() {
      await worker.stop();
      await feed.stop();
    },
    drain: () => worker.drain(),
  };
}
