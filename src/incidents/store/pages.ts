import type { Db } from '../../kernel/db/pool';
import type { StepAnswer } from '../domain/escalation';
import type { PageGroup, PageOutcome } from '../domain/reach';

/** The pages of steps and assignments, and their results. The order of locks: incidents, escalations, groups. */

/** A group as stored. */
export interface StoredGroup extends PageGroup {
  /** The fields of oncall's answer that the escalation depends on; null for an assignment. */
  answer: GroupAnswer | null;
}

export type GroupAnswer = Omit<StepAnswer, 'told' | 'wait_until'> & {
  /** If the people of the step take turns: the addresses of those who were paged in this run of it. */
  tried?: string[];
};

interface GroupRow {
  key: string;
  incident_id: string;
  turn: number | null;
  round: number | null;
  cycle: number | null;
  assigned_to: string | null;
  counting: string[] | null;
  outcomes: Record<string, PageOutcome>;
  answer: GroupAnswer | null;
  reach: PageGroup['reach'];
  rules: number;
  told_at: Date | null;
}

const toGroup = ({ incident_id, assigned_to, told_at, ...rest }: GroupRow): StoredGroup => ({
  ...rest,
  incidentId: incident_id,
  assignedTo: assigned_to,
  notifiedAt: told_at,
});

/** Inserts the group of a step, as part of the statement that saves its result. A result of a page may exist before. */
export const WRITE_GROUP = `
  insert into page_groups (key, incident_id, turn, round, cycle, counting, recipients, answer, rules, told_at)
  select :groupKey, :incidentId, :turn, :groupRound, :groupCycle, cast(:counting as jsonb), cast(:recipients as jsonb),
         cast(:answer as jsonb), :groupRules, :at
    from saved
  on conflict (key) do update set turn = excluded.turn, round = excluded.round, cycle = excluded.cycle,
     counting = excluded.counting, recipients = excluded.recipients, answer = excluded.answer, rules = excluded.rules, told_at = excluded.told_at
  returning outcomes <> '{}' as early`;

/** The group of a step that is about to be saved. */
export interface NewGroup {
  key: string;
  round: number;
  cycle: number;
  counting: readonly string[];
  /** Their addresses, as `recipientOf` names them. */
  recipients: readonly string[];
  answer: GroupAnswer;
  /** How many rules the longest page has. */
  rules: number;
}

/** The named values of `WRITE_GROUP`. */
export const groupValues = ({ key, round, cycle, counting, recipients, answer, rules }: NewGroup) => ({
  groupRules: rules,
  groupKey: key,
  groupRound: round,
  groupCycle: cycle,
  counting: JSON.stringify(counting),
  recipients: JSON.stringify(recipients),
  answer: JSON.stringify(answer),
});

/** Saves the pages of an assignment. `early`: a result of these pages arrived before. */
export async function writeAssignment(
  trx: Db,
  group: { key: string; incidentId: string; assignedTo: string; counting: readonly string[]; rules: number; at: Date },
): Promise<{ early: boolean }> {
  const { rows } = await trx.raw(
    `insert into page_groups (key, incident_id, assigned_to, counting, rules, told_at) values (?, ?, ?, cast(? as jsonb), ?, ?)
     on conflict (key) do update set assigned_to = excluded.assigned_to, counting = excluded.counting,
        rules = excluded.rules, told_at = excluded.told_at
     returning outcomes <> '{}' as early`,
    [group.key, group.incidentId, group.assignedTo, JSON.stringify(group.counting), group.rules, group.at],
  );
  return rows[0];
}

/** The result of one notification. */
export interface OutcomeOf {
  key: string;
  incidentId: string;
  notificationId: string;
  outcome: PageOutcome;
  /** The name of the person or the room. */
  name: string;
  channel: string;
}

/** A later result replaces an earlier one only if it comes later in this list, in whatever order the results arrive. */
const ORDER: readonly PageOutcome[] = ['failed', 'sent', 'undelivered', 'delivered'];
const placeOf = (outcome: string): string => `array_position(cast('{${ORDER.join(', ')}}' as text[]), ${outcome})`;

/** Adds results to their groups, and returns the groups. */
export async function addOutcomes(trx: Db, outcomes: readonly OutcomeOf[]): Promise<StoredGroup[]> {
  if (outcomes.length === 0) return [];
  const given = outcomes.map(({ key, incidentId, notificationId, outcome }) => ({
    key,
    incident_id: incidentId,
    notification_id: notificationId,
    outcome,
  }));
  const { rows } = await trx.raw(
    `with given as (
       select distinct on (key, incident_id, notification_id) key, incident_id, notification_id, outcome
         from jsonb_to_recordset(cast(? as jsonb)) as g(key text, incident_id uuid, notification_id text, outcome text)
        order by key, incident_id, notification_id, ${placeOf('outcome')} desc),
     grouped as (
       select key, incident_id, jsonb_object_agg(notification_id, outcome) as outcomes from given group by key, incident_id)
     insert into page_groups as g (key, incident_id, outcomes)
     select key, incident_id, outcomes from grouped order by key
     on conflict (key) do update set outcomes = excluded.outcomes || g.outcomes || (
       select coalesce(jsonb_object_agg(o.key, o.value), '{}') from jsonb_each(excluded.outcomes) o
        where ${placeOf("o.value #>> '{}'")} >= coalesce(${placeOf('g.outcomes ->> o.key')}, 0))
     returning g.*`,
    [JSON.stringify(given)],
  );
  return rows.map(toGroup);
}

/** Locks a group; null if it does not exist. */
export async function lockGroup(trx: Db, key: string): Promise<StoredGroup | null> {
  const row = await trx('page_groups').where({ key }).forUpdate().first();
  return row === undefined ? null : toGroup(row);
}

/** Whether it is still open if the group reached a person. */
export async function isPending(db: Db, key: string): Promise<boolean> {
  const row = await db('page_groups').where({ key }).first('reach');
  return row?.reach === 'pending';
}

/** Whether a step, or a whole cycle, has pages that were neither accepted nor failed: queued, retried or cancelled ones. */
export async function hasUndecidedPages(
  trx: Db,
  incidentId: string,
  of: { turn: number } | { cycle: number },
): Promise<boolean> {
  const [column, value] = 'turn' in of ? ['turn', of.turn] : ['cycle', of.cycle];
  const { rows } = await trx.raw(
    `select exists (
       select 1 from page_groups g, jsonb_array_elements_text(g.counting) as page(id)
        where g.incident_id = ? and g.${column} = ? and not jsonb_exists(g.outcomes, page.id)) as undecided`,
    [incidentId, value as number],
  );
  return rows[0].undecided;
}

/** Marks a group that reached no one. */
export const setNoOne = (trx: Db, key: string): Promise<number> =>
  trx('page_groups').where({ key }).update({ reach: 'no_one' });

/** Marks a group whose accepted pages did not arrive, while other pages are still being sent. */
export const setPending = (trx: Db, key: string): Promise<number> =>
  trx('page_groups').where({ key }).update({ reach: 'pending' });

/**
 * Marks groups that reached a person. Their incidents are reached too, if the page belongs to the present escalation or to
 * an assignment; so is the round of the escalation, if it still runs. The caller holds the incidents.
 */
export async function setReached(trx: Db, keys: readonly string[]): Promise<void> {
  await trx.raw(
    `with reached as (
       update page_groups set reach = 'reached' where key = any(cast(? as text[]))
       returning incident_id, turn, round, cycle),
     clocks as (
       update escalations e
          set futile = 0, resume_at = null,
              reached_in_round = reached_in_round or exists (
                select 1 from reached s where s.incident_id = e.incident_id and s.round = e.round and s.cycle = e.cycle)
        where exists (select 1 from reached s where s.incident_id = e.incident_id and s.turn >= e.first_turn))
     update incidents i set reach = 'reached'
      where i.reach <> 'reached' and exists (
        select 1 from reached s join escalations e on e.incident_id = s.incident_id
         where s.incident_id = i.id and (s.turn is null or s.turn >= e.first_turn))`,
    [[...keys]],
  );
}
