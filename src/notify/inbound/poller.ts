import { randomUUID } from 'node:crypto';
import { type Loop, pollLoop } from '../../kernel/async/loop';
import { type Clock, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import type { Log } from '../../kernel/observe/observe';
import type { BoundPolling, Channels } from '../channels/open';
import type { ChannelName, NotifyEvent } from '../contract';
import { addUpdates, holdPoll, movePoll, releasePoll } from '../store/polls';
import { safeContent } from './safeContent';

/**
 * Fetches the updates of channels that poll. One process of all does so for each channel; when it ends or dies, another one
 * continues. An update and the number of the next one commit together, so that none is lost and none is stored twice. Calls
 * never go up: the event of an update lets the gateway take it.
 */

interface PollingDeps {
  db: Db;
  clock: Clock;
  log: Log;
  channels: Channels;
}

export interface Polls {
  start(): void;
  stop(): Promise<void>;
}

/** Longer than one fetch, which Telegram may hold for 25 s. */
const HELD_MS = seconds(60);
/** How often a process looks whether it should poll. */
const LOOK_AGAIN_MS = seconds(5);
const LONGEST_PAUSE_MS = seconds(60);

export function polls(deps: PollingDeps): Polls {
  const loops = deps.channels.all.filter(({ polling }) => polling !== undefined).map(({ id }) => pollOf(deps, id));
  return {
    start() {
      for (const loop of loops) loop.start();
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

function pollOf({ db, clock, log, channels }: PollingDeps, channel: ChannelName): Loop {
  const holder = randomUUID();
  /** The account that was prepared, until a fetch fails. */
  let prepared: string | null = null;
  /** Ends the wait for a fetch when the process stops. */
  let abandon = (): void => {};
  const abandoned = new Promise<null>((resolve) => {
    abandon = () => resolve(null);
  });

  async function poll(): Promise<number> {
    const polling = channels.of(channel).polling();
    const held = polling && { channel, account: polling.account, holder };
    const from = held && (await holdPoll(db, held, HELD_MS));
    if (polling === null || held === null || from === null) {
      prepared = null;
      return LOOK_AGAIN_MS;
    }
    if (prepared !== polling.account) await prepare(polling);
    prepared = null;
    const at = clock.now();
    const fetched = await Promise.race([polling.fetch(from, at), abandoned]);
    if (fetched === null) return LONGEST_PAUSE_MS;
    if ('outcome' in fetched) throw new PollFailed(fetched.reason, fetched.retryAfterMs);
    prepared = polling.account;
    if (fetched.next > from) await store(held, fetched, at);
    return 0;
  }

  async function prepare(polling: BoundPolling): Promise<void> {
    const outcome = await polling.prepare(clock.now());
    if (outcome.outcome === 'failed') throw new PollFailed(outcome.reason, outcome.retryAfterMs);
  }

  async function store(
    held: Parameters<typeof movePoll>[1],
    { contents, next }: Extract<Awaited<ReturnType<BoundPolling['fetch']>>, { next: number }>,
    at: Date,
  ): Promise<void> {
    await db.transaction(async (trx) => {
      if (!(await movePoll(trx, held, next))) return;
      const ids = await addUpdates(trx, channel, contents.map(safeContent), at);
      await record(
        trx,
        ids.map((id) => polledEvent(channel, id, at)),
        BY_SYSTEM,
      );
    });
  }

  const loop = pollLoop({
    poll: async () => {
      try {
        return await poll();
      } catch (error) {
        // The provider named a pause. A pause of the loop would be shorter.
        if (error instanceof PollFailed && error.pauseMs !== undefined)
          return Math.min(error.pauseMs, LONGEST_PAUSE_MS);
        throw error;
      }
    },
    maxWaitMs: LONGEST_PAUSE_MS,
    maxPauseMs: LONGEST_PAUSE_MS,
    onFailure: (error, inARow) => {
      if (inARow === 1) log.warn({ err: error, channel }, 'updates cannot be fetched; retrying');
    },
  });
  return {
    ...loop,
    async stop() {
      abandon();
      await loop.stop();
      await releasePoll(db, { channel, holder }).catch(() => {});
    },
  };
}

class PollFailed extends Error {
  constructor(
    reason: string,
    readonly pauseMs: number | undefined,
  ) {
    super(reason);
  }
}

const polledEvent = (channel: ChannelName, id: string, at: Date): NewEvent<NotifyEvent> => ({
  kind: 'update_polled',
  subject: id,
  actor: SYSTEM_ACTOR,
  data: { channel },
  at,
});
