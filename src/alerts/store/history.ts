import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import type { AlertContext, Reported } from '../domain';

/** How many changes of an alert are kept; a newer one overwrites the oldest. */
export const CHANGES_KEPT = 20;

const FIRST = 0;
const END = -1;

/**
 * A part of the statement that stores reports: the history of alerts, in its transaction. A first report has a row only if
 * that holds more than the alert itself. A repeated report changes nothing, so it has none.
 */
export const HISTORY = `history as (
    insert into alert_events (alert_id, place, at, severity, message, context, reported_by, reported, payload)
    select written.id, ${FIRST}, :now, null, null, null, r.reported_by, r.reported, r.payload
      from written join r using (fingerprint)
     where written.id = r.id and (r.payload is not null or r.reported is not null)
    union all
    select written.id, (written.revision - 1) % ${CHANGES_KEPT} + 1, :now, written.severity, written.message, written.context,
           r.reported_by,
           coalesce(r.reported, jsonb_build_object(
             'service', r.service, 'severity', r.severity, 'message', r.message, 'labels', r.labels)),
           r.payload
      from written join r using (fingerprint) where written.revised_by = r.id
    on conflict (alert_id, place) do update
       set at = excluded.at, severity = excluded.severity, message = excluded.message, context = excluded.context,
           reported_by = excluded.reported_by, reported = excluded.reported, payload = excluded.payload)`;

/** The place of the change that leads to a revision. */
export const placeOf = (revision: number): number => ((revision - 1) % CHANGES_KEPT) + 1;

/** An event of an alert's history. */
export interface HistoryRow {
  kind: 'first' | 'changed' | 'ended';
  at: Date;
  severity: Severity | null;
  message: string | null;
  context: AlertContext | null;
  reported_by: string;
  reported: Reported | null;
  payload: string | null;
}

const KIND = `case place when ${FIRST} then 'first' when ${END} then 'ended' else 'changed' end`;
const NEWEST_FIRST = 'order by at desc, place = -1 desc, place = 0, place desc';

/** The events of an alert that are kept, newest first, with the texts of earlier versions. */
export async function historyOf(db: Db, alertId: string): Promise<HistoryRow[]> {
  const { rows } = await db.raw(
    `select ${KIND} as kind, at, severity, message, context, reported_by, reported, payload
       from (select place, at, severity, message, context, reported_by, reported, payload
               from alert_events where alert_id = ?
             union all
             select place + 1, at, severity, message, context, reported_by, null, null
               from alert_texts where alert_id = ?) events
      ${NEWEST_FIRST}`,
    [alertId, alertId],
  );
  return rows;
}

/** The end of an alert as its source reported it. */
export interface ReportedEnd {
  alert_id: string;
  at: Date;
  by: string;
  payload: string;
}

/** Stores how sources reported the ends of alerts. */
export async function writeEnds(trx: Db, ends: readonly ReportedEnd[]): Promise<void> {
  if (ends.length === 0) return;
  await trx.raw(
    `insert into alert_events (alert_id, place, at, reported_by, payload)
     select alert_id, ${END}, at, by, payload
       from jsonb_to_recordset(cast(? as jsonb)) as e(alert_id uuid, at timestamptz, by text, payload text)
     on conflict (alert_id, place) do nothing`,
    [JSON.stringify(ends)],
  );
}

/** Deletes events before the cutoff in small statements; after `batches` the next call goes on. @returns how many */
export async function forgetHistory(
  db: Db,
  before: Date,
  { batch = 1_000, batches = 1_000 }: { batch?: number; batches?: number } = {},
): Promise<number> {
  let forgotten = 0;
  for (let round = 0; round < batches; round++) {
    const { rowCount } = await db.raw(
      'delete from alert_events where ctid = any(array(select ctid from alert_events where at < ? limit ?))',
      [before, batch],
    );
    forgotten += rowCount ?? 0;
    if ((rowCount ?? 0) < batch) break;
  }
  return forgotten;
}
