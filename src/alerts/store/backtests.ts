import type { Db } from '../../kernel/db/pool';
import type { Backtest } from '../contract';

/** A row of the table `backtests`. */
export interface BacktestRow {
  id: string;
  state: Backtest['state'];
  days: number;
  started_at: Date;
  started_by: string;
  finished_at: Date | null;
  alerts: number;
  alerts_total: number;
  reason: string | null;
  result: Backtest['result'];
}

const COLUMNS = [
  ...['id', 'state', 'days', 'started_at', 'started_by', 'finished_at', 'alerts', 'alerts_total', 'reason', 'result'],
];

/** Adds a run. @returns false if another one is running */
export async function addBacktest(
  db: Db,
  row: Pick<BacktestRow, 'id' | 'days' | 'started_at' | 'started_by' | 'alerts_total'>,
): Promise<boolean> {
  const { rowCount } = await db.raw(
    `insert into backtests (id, state, days, started_at, started_by, seen_at, alerts_total)
     values (?, 'running', ?, ?, ?, ?, ?) on conflict ((true)) where state = 'running' do nothing`,
    [row.id, row.days, row.started_at, row.started_by, row.started_at, row.alerts_total],
  );
  return rowCount === 1;
}

/** The run that is in progress. */
export const runningBacktest = (db: Db): Promise<BacktestRow | undefined> =>
  db('backtests').where({ state: 'running' }).first(COLUMNS);

export const backtestOf = (db: Db, id: string): Promise<BacktestRow | undefined> =>
  db('backtests').where({ id }).first(COLUMNS);

/** Saves the progress of a run. @returns false if it is no longer running, because it was cancelled */
export async function saveProgress(db: Db, id: string, alerts: number, now: Date): Promise<boolean> {
  return (await db('backtests').where({ id, state: 'running' }).update({ alerts, seen_at: now })) === 1;
}

/** Ends a run if it is still running. */
export const endBacktest = (
  db: Db,
  id: string,
  end: Pick<BacktestRow, 'state' | 'reason'> & { alerts?: number; result?: BacktestRow['result'] },
  now: Date,
): Promise<number> =>
  db('backtests')
    .where({ id, state: 'running' })
    .update({ ...end, ...(end.result && { result: JSON.stringify(end.result) }), finished_at: now, seen_at: now });

/** Ends runs whose process stopped: they were not seen since the cutoff. */
export const endAbandoned = (db: Db, before: Date, now: Date): Promise<number> =>
  db('backtests')
    .where({ state: 'running' })
    .where('seen_at', '<', before)
    .update({ state: 'failed', reason: 'The process that ran it stopped.', finished_at: now });

/** Deletes runs that began before the cutoff. */
export const forgetBacktests = (db: Db, before: Date): Promise<number> =>
  db('backtests').where('started_at', '<', before).delete();

/** How many reports the rules of now have dropped. */
export async function droppedByRules(db: Db): Promise<number> {
  const { rows } = await db.raw('select coalesce(sum(dropped), 0)::float8 as dropped from alert_rules');
  return rows[0].dropped;
}
