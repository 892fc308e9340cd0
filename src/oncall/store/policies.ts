import type { Db } from '../../kernel/db/pool';
import { type Policy, teamsIn } from '../domain/policy';

/** Escalation policies, and the references from policies, schedules and overrides to teams and people. */

export interface PolicyRow extends Policy {
  team: string;
  version: string;
  updated_at: Date;
  updated_by: string;
  /** The names of the people in its targets, by address. */
  names: Record<string, string>;
}

const COLUMNS = `p.team, p.version::text as version, p.steps, p.repeat, p.ack_timeout_minutes, p.support_hours, p.updated_at,
  p.updated_by,
  coalesce((select jsonb_object_agg(l.email, l.name) from policy_targets t join people l on l.email = t.person
             where t.policy = p.team), '{}') as names`;

/** The policies of teams; a team with the default policy is not in the result. */
export async function policiesOf(db: Db, teams: readonly string[]): Promise<Map<string, PolicyRow>> {
  if (teams.length === 0) return new Map();
  const { rows } = await db.raw(
    `select ${COLUMNS} from policies p
      where p.team in (select t from jsonb_array_elements_text(cast(? as jsonb)) as asked(t))`,
    [JSON.stringify(teams)],
  );
  return new Map(rows.map((row: PolicyRow) => [row.team, row]));
}

/** The policy of a team; undefined if it has the default policy. */
export const policyOf = async (db: Db, team: string): Promise<PolicyRow | undefined> =>
  (await policiesOf(db, [team])).get(team);

/** The teams among these that have a schedule, locked until the transaction ends. */
export async function lockTeams(trx: Db, teams: readonly string[]): Promise<Set<string>> {
  const rows = await trx('schedules')
    .whereIn('team', [...new Set(teams)])
    .andWhere({ deleted_at: null })
    .orderBy('team')
    .forUpdate()
    .select('team');
  return new Set(rows.map(({ team }) => team));
}

/**
 * The teams among these that have a schedule, and the names of the people among these that exist. For a draft, without
 * locks.
 */
export async function existingTargets(db: Db, teams: readonly string[], emails: readonly string[]) {
  const schedules = await db('schedules').whereIn('team', teams).andWhere({ deleted_at: null }).select('team');
  const people = await db('people').whereIn('email', emails).select('email', 'name');
  return {
    teams: new Set<string>(schedules.map(({ team }) => team)),
    names: Object.fromEntries(people.map(({ email, name }) => [email, name])) as Record<string, string>,
  };
}

/** The addresses among these that belong to a person, locked against deletion until the transaction ends. */
export async function lockPeople(trx: Db, emails: readonly string[]): Promise<Set<string>> {
  const rows = await trx('people')
    .whereIn('email', [...new Set(emails)])
    .orderBy('email')
    .forShare()
    .select('email');
  return new Set(rows.map(({ email }) => email));
}

/** The addresses of the people in the targets of some steps. */
export const peopleIn = (steps: Policy['steps']): string[] => [
  ...new Set(
    steps.flatMap(({ targets }) => targets.flatMap((target) => (target.kind === 'person' ? target.email : []))),
  ),
];

/** Stores the policy of a team. The caller has locked the team and the targets. */
export async function writePolicy(
  trx: Db,
  team: string,
  { steps, repeat, ack_timeout_minutes, support_hours }: Policy,
  { actor, now }: { actor: string; now: Date },
): Promise<void> {
  await trx.raw(
    `insert into policies (team, steps, repeat, ack_timeout_minutes, support_hours, updated_at, updated_by)
     values (:team, :steps, :repeat, :ack_timeout_minutes, :support_hours, :now, :actor)
     on conflict (team) do update set version = excluded.version, steps = excluded.steps, repeat = excluded.repeat,
       ack_timeout_minutes = excluded.ack_timeout_minutes, support_hours = excluded.support_hours,
       updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
    {
      ...{ team, repeat, ack_timeout_minutes, now, actor },
      steps: JSON.stringify(steps),
      support_hours: support_hours === null ? null : JSON.stringify(support_hours),
    },
  );
  await trx('policy_targets').where({ policy: team }).delete();
  const targets = [
    ...peopleIn(steps).map((person) => ({ policy: team, person, team: null })),
    ...teamsIn(steps).map((other) => ({ policy: team, person: null, team: other })),
  ];
  if (targets.length > 0) await trx('policy_targets').insert(targets);
}

/** Deletes the policy of a team, which then has the default policy. */
export const forgetPolicy = (trx: Db, team: string): Promise<number> => trx('policies').where({ team }).delete();

/** The references that keep a team from being deleted: its services, and policies of other teams. */
export async function referencesToTeam(trx: Db, team: string): Promise<string[]> {
  const { rows } = await trx.raw(
    `select 'service ' || name as pointer from services where team = :team
      union select 'policy of ' || policy from policy_targets where team = :team and policy <> :team order by 1 limit 20`,
    { team },
  );
  return rows.map(({ pointer }: { pointer: string }) => pointer);
}

/**
 * The references that keep a person from being deleted: policies, current and planned schedules, overrides that are not
 * over.
 */
export async function referencesToPerson(trx: Db, email: string, now: Date): Promise<string[]> {
  const { rows } = await trx.raw(
    `select 'policy of ' || policy as pointer from policy_targets where person = :email
      union
     select 'schedule of ' || s.team from schedules s join schedule_versions v on v.schedule_id = s.id
      where s.deleted_at is null
        and not exists (select 1 from schedule_versions n
                         where n.schedule_id = s.id and n.effective_from <= :now
                           and (n.effective_from, n.id) > (v.effective_from, v.id))
        and exists (select 1 from jsonb_path_query(v.layers, '$[*].rotation.slots[*][*].email') as held(email)
                     where lower(trim(held.email #>> '{}')) = :email)
      union
     select 'override of ' || s.team from overrides o join schedules s on s.id = o.schedule_id
      where s.deleted_at is null and lower(trim(o.in_email)) = :email and coalesce(o.ended_at, o.ends_at) > :now
      order by 1 limit 20`,
    { email, now },
  );
  return rows.map(({ pointer }: { pointer: string }) => pointer);
}

/** The person, locked until the transaction ends. */
export const lockPerson = (trx: Db, email: string): Promise<{ email: string } | undefined> =>
  trx('people').where({ email }).forUpdate().first('email');

/** Deletes a person. */
export const forgetPerson = (trx: Db, email: string): Promise<number> => trx('people').where({ email }).delete();
