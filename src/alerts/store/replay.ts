import type { Db } from '../../kernel/db/pool';
import type { Reported } from '../domain';
import { type AlertRow, COLUMNS } from './alerts';

/** Reads stored alerts with their history, for back-tests. */

/** An alert with what is kept of its reports. Instants are RFC 3339. */
export interface StoredHistory extends AlertRow {
  /** First report and changes, in the order of time; `reported` is null for a first report that no rule changed. */
  events: { first: boolean; at: string; reported: Reported | null }[];
  /** Re-reports, in the order of time. */
  reports: { at: string; reports: number }[];
  /** True if the integration leaves incidents open at the end of their alerts. */
  keeps_open: boolean;
}

/** Alerts that began at or after `from`, oldest first, from the one after `last`. */
export async function historiesAfter(
  db: Db,
  from: Date,
  last: Pick<AlertRow, 'id' | 'created_at'> | null,
  limit: number,
): Promise<StoredHistory[]> {
  const { rows } = await db.raw(
    `with page as materialized (
       select ${COLUMNS.join(', ')} from alerts
        where created_at >= ? and (cast(? as uuid) is null or (created_at, id) > (?, cast(? as uuid)))
        order by created_at, id limit ?)
     select page.*, coalesce(not i.auto_resolve, false) as keeps_open,
            (select coalesce(json_agg(json_build_object('first', e.place = 0, 'at', e.at, 'reported', e.reported)
                                      order by e.at, e.place), '[]')
               from alert_events e where e.alert_id = page.id and e.place >= 0) as events,
            (select coalesce(json_agg(json_build_object('at', r.at, 'reports', r.reports) order by r.at), '[]')
               from alert_reports r where r.alert_id = page.id) as reports
       from page left join integrations i on i.id = page.integration_id
      order by page.created_at, page.id`,
    [from, last?.id ?? null, last?.created_at ?? from, last?.id ?? null, limit],
  );
  return rows;
}

/** How many alerts began at or after `from`. */
export async function countSince(db: Db, from: Date): Promise<number> {
  const { rows } = await db.raw('select count(*)::int as count from alerts where created_at >= ?', [from]);
  return rows[0].count;
}
