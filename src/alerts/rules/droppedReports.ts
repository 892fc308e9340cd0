import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Report } from '../domain';
import { noteDropped } from '../store/rules';

/** Counts reports that rules drop, and keeps a sample of them. */
export interface DroppedReports {
  note(ruleId: string, report: Report): void;
  /** Saves what was noted. */
  flush(): Promise<void>;
}

const SAVE_EVERY_MS = 10_000;

/** Counts in memory and writes at most every ten seconds, so that a dropped storm costs nothing. Never rejects. */
export function droppedReports({ db, clock }: { db: Db; clock: Clock }): DroppedReports {
  let noted = new Map<string, { count: number; sample: object }>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (noted.size === 0) return;
    const batch = [...noted].map(([rule, { count, sample }]) => ({ rule, count, sample }));
    noted = new Map();
    await noteDropped(db, batch, clock.now()).catch(() => undefined);
  }

  return {
    note(ruleId, { service, severity, message, source, labels, timestamp, reported_by }) {
      const sample = { service, severity, message, source, labels, timestamp, reported_by };
      noted.set(ruleId, { count: (noted.get(ruleId)?.count ?? 0) + 1, sample });
      timer ??= setTimeout(() => void flush(), SAVE_EVERY_MS).unref();
    },
    flush,
  };
}
