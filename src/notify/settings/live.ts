import type { Clock } from '../../kernel/clock';
import { type Db, type Listener, listen } from '../../kernel/db/pool';
import type { Log } from '../../kernel/observe/observe';
import type { SecretBox } from '../../kernel/secretBox';
import type { Channels } from '../channels/open';
import { announceRestored } from '../delivery/restoredChannel';
import { SETTINGS_CHANNEL } from '../store/channelSettings';
import { writeConfigured } from '../store/channels';
import { generateMissing } from './generated';
import { storedSettings } from './sealed';

/** Keeps the channels of this process at the stored settings, also if another process changes them. */
export interface LiveSettings {
  /** Generates what is missing, applies the stored settings, and then follows changes. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Applies the settings that are stored now. */
  reload(): Promise<void>;
}

export interface LiveSettingsDeps {
  db: Db;
  databaseUrl: string;
  clock: Clock;
  log: Log;
  channels: Channels;
  box: SecretBox;
}

/** The table is read at least this often, because notifications are lost while the connection is. */
const POLL_EVERY_MS = 5_000;

export function liveSettings({ db, databaseUrl: url, clock, log, channels, box }: LiveSettingsDeps): LiveSettings {
  let listener: Listener | undefined;
  let poll: NodeJS.Timeout | undefined;
  let announced = '';
  let waiting: Promise<void> | null = null;
  let last: Promise<void> = Promise.resolve();

  async function apply(): Promise<void> {
    for (const fault of channels.reload(await storedSettings(db, box, channels.all)))
      log.warn(fault, 'a stored setting is not used');
    const configured = new Map(channels.all.map(({ id }) => [id, channels.of(id).configured()]));
    const state = JSON.stringify([...configured]);
    if (state === announced) return;
    const now = clock.now();
    await db.transaction(async (trx) => announceRestored(trx, await writeConfigured(trx, configured, now), now));
    announced = state;
  }

  /** One at a time; a call during another one waits for it and reads again, together with all that come meanwhile. */
  function reload(): Promise<void> {
    if (waiting !== null) return waiting;
    const next = last.then(() => {
      waiting = null;
      return apply();
    });
    waiting = next;
    last = next.catch(() => {});
    return next;
  }

  const follow = (): void => {
    reload().catch((error) => log.warn({ err: error }, 'the settings of channels cannot be read'));
  };

  return {
    reload,
    async start() {
      await generateMissing(db, channels, box, clock.now());
      await reload();
      listener = listen({ url, channel: SETTINGS_CHANNEL, onNotify: follow, onConnect: follow });
      poll = setInterval(follow, POLL_EVERY_MS).unref();
    },
    async stop() {
      clearInterval(poll);
      await listener?.stop();
      await last;
    },
  };
}
