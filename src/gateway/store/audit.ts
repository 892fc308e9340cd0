import type { Db } from '../../kernel/db/pool';
import type { ActorKind } from '../../kernel/events/events';
import type { Source } from '../contract';

/** A row of the audit log. */
export interface AuditRow {
  id: number;
  module: Source;
  kind: string;
  subject: string;
  actor: string;
  /** Null in entries of earlier versions. */
  actor_kind: ActorKind | null;
  data: Record<string, unknown>;
  at: Date;
}

type NewRow = Pick<AuditRow, 'kind' | 'subject' | 'actor' | 'actor_kind'> & { data: object; at: Date | string };

/** Adds entries of a module in the transaction `trx`. */
export async function writeAudit(trx: Db, module: Source, rows: readonly NewRow[]): Promise<void> {
  if (rows.length === 0) return;
  await trx.raw(
    `insert into audit (module, kind, subject, actor, actor_kind, data, at)
     select ?, kind, subject, actor, actor_kind, data, at
       from jsonb_to_recordset(cast(? as jsonb))
         as a(kind text, subject text, actor text, actor_kind text, data jsonb, at timestamptz)`,
    [module, JSON.stringify(rows)],
  );
}

export interface AuditFilter {
  actor?: string | undefined;
  actor_kind?: string | undefined;
  kind?: string | undefined;
  module?: string | undefined;
  subject?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** Counting stops here, so that a request costs the same in an old installation. */
const COUNTED_AT_MOST = 10_000;

/** Entries that match all given filters, newest first, and their number up to ten thousand. */
export async function pageOfAudit(
  db: Db,
  { from, to, ...exact }: AuditFilter,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ total: number; rows: AuditRow[] }> {
  const given = Object.fromEntries(Object.entries(exact).filter(([, value]) => value !== undefined));
  const matching = () => {
    const query = db('audit').where(given);
    if (from !== undefined) query.where('at', '>=', from);
    if (to !== undefined) query.where('at', '<', to);
    return query;
  };
  const [[counted], rows] = await Promise.all([
    db.from(matching().select(db.raw('1')).limit(COUNTED_AT_MOST).as('counted')).count({ total: '*' }),
    matching()
      .orderBy([
        { column: 'at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(limit)
      .offset(offset),
  ]);
  return { total: Number(counted?.['total'] ?? 0), rows };
}

/** Deletes at most `batch` entries older than `before`; returns how many. */
export function forgetAudit(db: Db, before: Date, batch: number): Promise<number> {
  return db.transaction(async (trx) => {
    await trx.raw("set local tocsin.retention = 'on'");
    const { rowCount } = await trx.raw('delete from audit where id in (select id from audit where at < ? limit ?)', [
      before,
      batch,
    ]);
    return rowCount;
  });
}
