import type { Db } from '../kernel/db/pool';
import { eventsFeed } from '../kernel/events/feed';
import { enqueue } from '../kernel/jobs/jobs';
import { jobWorker } from '../kernel/jobs/worker';
import type { Hosted, ModuleDeps } from '../kernel/module';
import { localPort } from '../kernel/ports/local';
import { unreadableRows } from '../kernel/ports/unreadable';
import { type Channels, type ChannelsOptions, openChannels } from './channels/open';
import { type NotifyContract, notifyContract } from './contract';
import { delivery } from './delivery/deliver';
import { outcomes } from './delivery/outcomes';
import { announceRestored } from './delivery/restoredChannel';
import { handlers, UPKEEP } from './jobs';
import { notifyMetrics } from './metrics';
import { notifyService } from './service';
import { writeConfigured } from './store/channels';
import { countNotifications } from './store/lists';
import { makeMonths } from './store/retention';

export interface NotifyDeps extends ModuleDeps, ChannelsOptions {
  giveUpAfterMs: number;
  /** `channel:address` of rooms that are not named. */
  defaultRoom: string | null;
  /** Base of signed links, without a slash at the end. */
  publicUrl: string;
  /** Signs the links in messages. */
  secretKey: string;
  retentionDays: number;
  auditDays: number;
}

export { channelSetup } from './channels/settings';

/** Deliveries mostly wait for a remote server. */
const CONCURRENCY = 32;

/** The module that notifies people and rooms: notifications, their attempts, and channels. */
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
    handlers: handlers({
      ...deps,
      deliver,
      tellOutcome: outcomes({ ...deps, channels, metrics, poke: () => worker.wake() }),
    }),
    concurrency: CONCURRENCY,
    metrics: { registry, module: 'notify' },
  });
  const service = notifyService({ ...deps, channels, metrics, deliver, feed, poke: worker.wake });
  return {
    port: localPort(notifyContract, service, unreadableRows(deps, 'notify')),
    readiness: async () => ({ notifications_in_db: await countNotifications(db, {}) }),
    async start() {
      // An attempt without the partition of its month goes to the default one, so the start continues.
      await makeMonths(db, clock.now()).catch((error) =>
        log.warn({ err: error }, 'partitions of attempts were not made'),
      );
      await enqueue(db, clock.now(), UPKEEP);
      await announceConfigured(db, channels, clock.now());
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

/** A channel that was configured since the last start is announced like one that works again. */
async function announceConfigured(db: Db, channels: Channels, now: Date): Promise<void> {
  const configured = new Map(channels.all.map(({ id }) => [id, channels.of(id).configured()]));
  await db.transaction(async (trx) => announceRestored(trx, await writeConfigured(trx, configured, now), now));
}
