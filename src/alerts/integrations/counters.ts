import { type Clock, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { addCounts, type Counts } from '../store/integrations';

const SAVE_EVERY_MS = seconds(10);

/** Counters of integrations. They are saved at most every ten seconds for each integration, so that a storm writes little. */
export interface Counters {
  /** Adds to the counters of an integration. */
  add(id: string, counts: Partial<Counts>): void;
  /** Saves the counters of an integration, if that was not done in the last ten seconds. Never rejects. */
  saveIfDue(id: string): Promise<void>;
  /** The counts that are not saved yet; null if all are. */
  unsaved(id: string): Counts | null;
  /** Saves everything. */
  flush(): Promise<void>;
}

const NONE: Counts = {
  deliveries: 0,
  accepted: 0,
  deduplicated: 0,
  rate_limited: 0,
  first_alert_id: null,
  seen_at: null,
};

/** A failure to save is ignored: the counts are added to the next ones. */
export function deliveryCounters({ db, clock }: { db: Db; clock: Clock }): Counters {
  const waiting = new Map<string, Counts>();
  const savedAt = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  async function save(id: string): Promise<void> {
    const counts = waiting.get(id);
    if (counts === undefined) return;
    waiting.delete(id);
    savedAt.set(id, clock.now().getTime());
    await addCounts(db, id, counts).catch(() => void waiting.set(id, sum(counts, waiting.get(id) ?? NONE)));
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    for (const id of [...waiting.keys()]) await save(id);
  }

  return {
    add(id, counts) {
      waiting.set(id, sum(waiting.get(id) ?? NONE, { ...NONE, ...counts }));
      timer ??= setTimeout(() => void flush(), SAVE_EVERY_MS).unref();
    },
    async saveIfDue(id) {
      const due = (savedAt.get(id) ?? Number.NEGATIVE_INFINITY) + SAVE_EVERY_MS;
      if (due <= clock.now().getTime()) await save(id);
    },
    unsaved: (id) => waiting.get(id) ?? null,
    flush,
  };
}

const sum = (one: Counts, other: Counts): Counts => ({
  deliveries: one.deliveries + other.deliveries,
  accepted: one.accepted + other.accepted,
  deduplicated: one.deduplicated + other.deduplicated,
  rate_limited: one.rate_limited + other.rate_limited,
  first_alert_id: one.first_alert_id ?? other.first_alert_id,
  seen_at: other.seen_at ?? one.seen_at,
});
