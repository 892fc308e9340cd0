import type { Db } from '../../kernel/db/pool';
import type { Rule } from '../contract';
import type { StoredMatcher } from './mutes';

/** A row of the table `alert_rules`. */
export interface RuleRow {
  id: string;
  place: number;
  name: string;
  enabled: boolean;
  matchers: StoredMatcher[];
  during: Rule['during'];
  actions: Rule['then'];
  stop: boolean;
  dropped: number;
  created_at: Date;
  created_by: string;
  updated_at: Date;
  updated_by: string;
}

/** All rules in their order. */
export const allRules = (db: Db): Promise<RuleRow[]> => db('alert_rules').orderBy(['place', 'id']);

export const ruleOf = (db: Db, id: string): Promise<RuleRow | undefined> => db('alert_rules').where({ id }).first();

/** Adds a rule after all others. The caller holds the lock of the configuration. */
export async function insertRule(trx: Db, row: Omit<RuleRow, 'place' | 'dropped'>): Promise<void> {
  const last = await trx('alert_rules').orderBy('place', 'desc').first('place');
  await trx('alert_rules').insert({ ...asJson(row), place: (last?.place ?? 0) + 1 });
}

export const updateRule = (trx: Db, { id, ...row }: Pick<RuleRow, 'id'> & Partial<RuleRow>): Promise<number> =>
  trx('alert_rules').where({ id }).update(asJson(row));

export async function deleteRule(trx: Db, id: string): Promise<number> {
  await trx('dropped_reports').where({ rule_id: id }).delete();
  return trx('alert_rules').where({ id }).delete();
}

/** Sets the places of rules by the order of their ids. */
export const orderRules = (trx: Db, ids: readonly string[]): Promise<unknown> =>
  trx.raw(
    `update alert_rules set place = o.place
       from unnest(cast(? as uuid[])) with ordinality as o(id, place) where alert_rules.id = o.id`,
    [[...ids]],
  );

const asJson = ({ matchers, during, actions, ...row }: Partial<RuleRow>) => ({
  ...row,
  ...(matchers !== undefined && { matchers: JSON.stringify(matchers) }),
  ...(during !== undefined && { during: during === null ? null : JSON.stringify(during) }),
  ...(actions !== undefined && { actions: JSON.stringify(actions) }),
});

const SAMPLES_KEPT = 20;

/** Counts the reports that rules dropped, and keeps one of them for each rule. */
export async function noteDropped(
  db: Db,
  dropped: readonly { rule: string; count: number; sample: object }[],
  at: Date,
): Promise<void> {
  await db.raw(
    `with d as (select * from jsonb_to_recordset(cast(:dropped as jsonb)) as d(rule uuid, count int, sample jsonb)),
     counted as (
       update alert_rules set dropped = alert_rules.dropped + d.count from d where alert_rules.id = d.rule returning d.rule),
     sampled as (
       insert into dropped_reports (rule_id, at, report)
       select d.rule, :at, d.sample from d join counted using (rule))
     delete from dropped_reports using (
       select id, row_number() over (partition by rule_id order by id desc) as place
         from dropped_reports where rule_id in (select rule from d)) old
      where dropped_reports.id = old.id and old.place >= ${SAMPLES_KEPT}`,
    { dropped: JSON.stringify(dropped), at },
  );
}

/** Deletes samples older than the cutoff. */
export const forgetDropped = (db: Db, before: Date): Promise<number> =>
  db('dropped_reports').where('at', '<', before).delete();
