import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { AlertsEvent } from '../contract';
import type { Ending, TruncatedGroup } from '../domain';
import type { FlappingSettings } from '../domain/flapping';
import { savedCaller } from '../intake/caller';
import { acknowledge, type EndedAlert, end } from '../store/endings';
import type { EndedItem } from '../store/jobKinds';
import { chunks } from './chunks';
import { noteChanges } from './flapping';

export interface ChangeDeps {
  db: Db;
  clock: Clock;
  /** Called after a commit that enqueued jobs, so that they start at once. */
  wakeWorker: () => void;
  flapping: FlappingSettings;
}

/** How an end affects the incident of its alert. */
export interface EndOptions {
  /** The group of the delivery that reports the ends, if it holds back alerts. */
  group?: TruncatedGroup | null;
  /** True if the integration leaves incidents open at the end of their last alert. */
  keepsOpen?: boolean;
}

/** Ends and acknowledgements of firing alerts. Incidents is notified by a job that commits with the change. */
export interface AlertChanges {
  /** @returns the alerts that this call ended; endings of conditions that do not fire change nothing */
  resolve(endings: readonly Ending[], caller: Caller, options?: EndOptions): Promise<EndedAlert[]>;
  /** @returns the firing alerts of these conditions */
  acknowledge(fingerprints: readonly string[], caller: Caller): Promise<Omit<EndedAlert, 'ended_at' | 'created_at'>[]>;
}

export function alertChanges({ db, clock, wakeWorker, flapping }: ChangeDeps): AlertChanges {
  return {
    async resolve(endings, caller, options = {}) {
      if (endings.length === 0) return [];
      const ended = await withRetry(db, async (trx) => {
        const rows = await end(trx, endings, caller.actor);
        const now = clock.now();
        await noteChanges(trx, rows, now, flapping);
        await reportEnds(
          trx,
          now,
          rows.map((row) => itemOf(row, options)),
          caller,
          options.group,
        );
        return rows;
      });
      if (ended.length > 0) wakeWorker();
      return ended;
    },

    async acknowledge(fingerprints, caller) {
      if (fingerprints.length === 0) return [];
      const rows = await withRetry(db, async (trx) => {
        const at = clock.now();
        const acknowledged = await acknowledge(trx, fingerprints, { at, by: caller.actor });
        await reportAcknowledgements(trx, at, acknowledged, caller);
        return acknowledged;
      });
      if (rows.length > 0) wakeWorker();
      return rows;
    },
  };
}

const itemOf = ({ id, ended_at }: EndedAlert, { keepsOpen = false }: EndOptions): EndedItem => ({
  alert_id: id,
  ended_at: ended_at.toISOString(),
  ...(keepsOpen && { keeps_open: 'always' as const }),
});

/** Enqueues the jobs that report ends to incidents, and records the events. */
export async function reportEnds(
  trx: Db,
  now: Date,
  items: readonly EndedItem[],
  caller: Caller,
  group?: TruncatedGroup | null,
): Promise<void> {
  const parts = chunks(items);
  const by = savedCaller(caller);
  await enqueue(
    trx,
    now,
    parts.map((alerts) => ({
      kind: 'report-ended' as const,
      payload: { alerts, by, since: now.toISOString(), ...(group && { group }) },
    })),
  );
  const events = parts.map((part) => eventOf('alerts_ended', part[0]?.alert_id as string, part.length, caller, now));
  await record(trx, events, caller);
}

async function reportAcknowledgements(
  trx: Db,
  at: Date,
  alerts: readonly { id: string }[],
  caller: Caller,
): Promise<void> {
  const parts = chunks(alerts.map(({ id }) => id));
  const by = savedCaller(caller);
  await enqueue(
    trx,
    at,
    parts.map((ids) => ({
      kind: 'report-acknowledged' as const,
      payload: { alerts: ids, at: at.toISOString(), by, since: at.toISOString() },
    })),
  );
  const events = parts.map((ids) => eventOf('alerts_acknowledged', ids[0] as string, ids.length, caller, at));
  await record(trx, events, caller);
}

const eventOf = (
  kind: AlertsEvent,
  subject: string,
  alerts: number,
  { actor }: Caller,
  at: Date,
): NewEvent<AlertsEvent> => ({ kind, subject, actor, data: { alerts }, at });
