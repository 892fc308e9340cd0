import { eventsFeed } from '../kernel/events/feed';
import { enqueue } from '../kernel/jobs/jobs';
import { jobWorker } from '../kernel/jobs/worker';
import type { Hosted, ModuleDeps } from '../kernel/module';
import { localPort } from '../kernel/ports/local';
import { unreadableRows } from '../kernel/ports/unreadable';
import { secretBox } from '../kernel/secretBox';
import { type ChannelsOptions, openChannels } from './channels/open';
import { type NotifyContract, notifyContract } from './contract';
import { delivery } from './delivery/deliver';
import { outcomes } from './delivery/outcomes';
import { receipts } from './delivery/receipts';
import { polls } from './inbound/poller';
import { FRESH_KINDS, handlers, UPKEEP } from './jobs';
import { noteReceipt } from './methods/ofDelivery';
import { notifyMetrics } from './metrics';
import { notifyService } from './service';
import { liveSettings } from './settings/live';
import { countNotifications } from './store/lists';
import { makeMonths } from './store/retention';

export interface NotifyDeps extends ModuleDeps, ChannelsOptions {
  giveUpAfterMs: number;
  /** After this time without acceptance the next rule of a page starts. */
  reachedWithinMs: number;
  /** Pages to one address within a minute that go at once; 0 gathers none. */
  bundleAfter: number;
  /** `channel:address` of rooms that are not named. */
  defaultRoom: string | null;
  /** Signs the links in messages. */
  secretKey: string;
  retentionDays: number;
  auditDays: number;
}

export { channelSetup } from './channels/settings';

/** Deliveries mostly wait for a remote server. */
const CONCURRENCY = 160;
/** Of one lane of one channel, so that a provider that hangs leaves room for the others. */
const PER_LANE = 12;

/** The module that notifies people and rooms: notifications, their attempts, and channels. */
export function createNotify(deps: NotifyDeps): Hosted<NotifyContract> {
  const { db, databaseUrl: url, clock, log, registry } = deps;
  const channels = openChannels(deps);
  const box = secretBox([deps.secretKey]);
  const settings = liveSettings({ ...deps, channels, box });
  const metrics = notifyMetrics(registry, () => countNotifications(db, {}));
  const deliver = delivery({ ...deps, channels, metrics, reloadSettings: settings.reload });
  const feed = eventsFeed({ db, url });
  const worker = jobWorker({
    db,
    url,
    clock,
    log,
    handlers: handlers({
      ...deps,
      channels,
      metrics,
      deliver,
      tellOutcome: outcomes({ ...deps, channels, metrics, poke: () => worker.wake() }),
    }),
    concurrency: CONCURRENCY,
    perKind: PER_LANE,
    urgentKinds: FRESH_KINDS,
    metrics: { registry, module: 'notify' },
  });
  const polling = polls({ db, clock, log, channels });
  const applyReceipts = receipts({ ...deps, metrics, onReceipt: noteReceipt });
  const service = notifyService({
    ...deps,
    channels,
    metrics,
    deliver,
    feed,
    applyReceipts,
    box,
    settings,
    poke: worker.wake,
  });
  return {
    port: localPort(notifyContract, service, unreadableRows(deps, 'notify')),
    readiness: async () => ({ notifications_in_db: await countNotifications(db, {}) }),
    async start() {
      // An attempt without the partition of its month goes to the default one, so the start continues.
      await makeMonths(db, clock.now()).catch((error) =>
        log.warn({ err: error }, 'partitions of attempts were not made'),
      );
      await enqueue(db, clock.now(), UPKEEP);
      await settings.start();
      await feed.start();
      worker.start();
      polling.start();
    },
    async stop() {
      await Promise.all([worker.stop(), polling.stop()]);
      await feed.stop();
      await settings.stop();
      await channels.close();
    },
    drain: worker.drain,
  };
}
