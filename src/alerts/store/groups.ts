import type { Db } from '../../kernel/db/pool';

/**
 * Stores how many alerts a delivery of a group hides.
 * @returns the version of the group, which increases with each delivery; null for a group that hides nothing and has no
 *   row, because it hid nothing lately
 */
export async function noteGroup(
  db: Db,
  { source, key, hidden }: { source: string; key: string; hidden: number },
  now: Date,
): Promise<number | null> {
  const where = { source, key, hidden, now };
  const { rows } = await (hidden === 0
    ? db.raw(
        `update truncated_groups set hidden = 0, at = :now, version = nextval('truncated_groups_version')
          where integration_id = :source and group_key = :key returning version`,
        where,
      )
    : db.raw(
        `insert into truncated_groups as g (integration_id, group_key, hidden, version, at)
         values (:source, :key, :hidden, nextval('truncated_groups_version'), :now)
         on conflict (integration_id, group_key) do update
            set hidden = excluded.hidden, at = excluded.at, version = nextval('truncated_groups_version')
         returning version`,
        where,
      ));
  return rows[0] === undefined ? null : Number(rows[0].version);
}

/** Deletes groups that have been complete since before `before`. */
export const forgetGroups = (db: Db, before: Date): Promise<number> =>
  db('truncated_groups').where({ hidden: 0 }).where('at', '<', before).delete();
