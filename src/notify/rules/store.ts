import type { Db } from '../../kernel/db/pool';
import type { NotificationRule, QuietHours } from '../contract';

/** The notification rules of people. */

export interface StoredRules {
  person_email: string;
  high: NotificationRule[] | null;
  low: NotificationRule[] | null;
  quiet_hours: QuietHours | null;
}

/** The rules of many people; people with the defaults have none. */
export const rulesOfAll = (db: Db, people: readonly string[]): Promise<StoredRules[]> =>
  people.length === 0
    ? Promise.resolve([])
    : db('notification_rules')
        .select('person_email', 'high', 'low', 'quiet_hours')
        .whereRaw('person_email = any(cast(? as text[]))', [[...people]]);

const json = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));

export async function saveRules(
  trx: Db,
  { person_email, high, low, quiet_hours }: StoredRules,
  { by, at }: { by: string; at: Date },
): Promise<void> {
  const row = { high: json(high), low: json(low), quiet_hours: json(quiet_hours), updated_at: at, updated_by: by };
  await trx('notification_rules')
    .insert({ person_email, ...row })
    .onConflict('person_email')
    .merge();
}

export const deleteRulesOf = (trx: Db, person: string): Promise<number> =>
  trx('notification_rules').where({ person_email: person }).delete();
