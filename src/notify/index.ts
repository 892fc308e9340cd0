import { eventsFeed } from '../kernel/feed';
import { enqueue } from '../kernel/jobs';
import { localPort } from '../kernel/local';
import type { Hosted, ModuleDeps } from '../kernel/module';
import { jobWorker } from '../kernel/worker';
import { type ChannelsOptions, openChannels } from './channels';
import { type NotifyContract, notifyContract } from './contract';
import { delivery } from './delivery';
import { handlers, UPKEEP } from './jobs';
import { notifyMetrics } from './metrics';
import { notifyService } from './service';
import { countNotifications } from './store/lists';
import { makeMonths } from './store/upkeep';

export interface NotifyDeps extends ModuleDeps, ChannelsOptions {
  giveUpAfterMs: number;
  /** `channel:address` that hears where no room is named. */
  defaultRoom: string | null;
  /** Where signed links lead, without a slash at the end. */
  publicUrl: string;
  /** Signs the links in messages. */
  secretKey: string;
  retentionDays: number;
  auditDays: number;
}

/** Deliveries mostly wait for somebody else's server. */
const CONCURRENCY = 32;

/** How people and rooms are told: notifications, their attempts, and the channels they go by. */
export function createNotify(deps: NotifyDeps): Hosted<NotifyContract> {
  const { db, databaseUrl: url, clock, log, registry } = deps;
  const channels = openChannels(deps);
  const metrics = notifyMetrics(registry, () => countNotifications(db, {}));
  const deliver = delivery({ ...deps, channels, metrics });
  const feed = eventsFeed({ db, url });
  const worker = jobWorker({
    db,
    url,
    clock,
    log,
    handlers: handlers({ ...deps, deliver }),
    concurrency: CONCURRENCY,
    metrics: { registry, module: 'notify' },
  });
  const service = notifyService({ ...deps, channels, metrics, deliver, feed, poke: worker.poke });
  return {
    port: localPort(notifyContract, service),
    readiness: async () => ({ notifications_in_db: await countNotifications(db, {}) }),
    async start() {
      // Without its month an attempt goes to the default partition, so this is no reason not to start.
      await makeMonths(db, clock.now()).catch((error) => log.warn({ err: error }, 'months of attempts were not made'));
      await enqueue(db, clock.now(), UPKEEP);
      await feed.start();
      worker.start();
    },
    async stop() {
      await worker.stop();
      await feed.stop();
      await channels.close();
    },
    drain: worker.drain,
  };
}
