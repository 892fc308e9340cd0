import type { Db } from '../../kernel/db/pool';

/** People, the rooms of teams, and the owners of services. */

export interface PersonRow {
  email: string;
  name: string;
  time_zone: string;
}

const PERSON = ['email', 'name', 'time_zone'];

/** All people, by name. */
export const allPeople = (db: Db): Promise<PersonRow[]> => db('people').orderBy(['name', 'email']).select(PERSON);

/** Inserts or changes a person. Without a chosen zone the person has UTC. */
export async function savePerson(
  db: Db,
  { time_zone, ...person }: Omit<PersonRow, 'time_zone'> & { time_zone?: string | undefined },
): Promise<PersonRow> {
  const zone = { time_zone: time_zone ?? 'UTC', zone_chosen: time_zone !== undefined };
  const [row] = await db('people')
    .insert({ ...person, ...zone })
    .onConflict('email')
    .merge()
    .returning(PERSON);
  return row;
}

/** The zones that people have chosen, by address. */
export async function chosenZones(db: Db): Promise<Map<string, string>> {
  const rows = await db('people').where({ zone_chosen: true }).select('email', 'time_zone');
  return new Map(rows.map(({ email, time_zone }) => [email, time_zone]));
}

/** The zones that some people have chosen, by address. */
export async function zonesOf(db: Db, emails: readonly string[]): Promise<Map<string, string>> {
  const rows = await db('people')
    .where({ zone_chosen: true })
    .whereRaw('email = any(cast(? as text[]))', [[...emails]])
    .select('email', 'time_zone');
  return new Map(rows.map(({ email, time_zone }) => [email, time_zone]));
}

/**
 * Inserts or renames the people that a schedule names; their zones stay. The rows are in order of key, which avoids
 * deadlocks.
 */
export async function upsertPeople(trx: Db, people: readonly { email: string; name: string }[]): Promise<void> {
  const byEmail = new Map(people.map(({ email, name }) => [email, { email, name }]));
  if (byEmail.size === 0) return;
  const inOrder = [...byEmail.values()].sort((a, b) => (a.email < b.email ? -1 : 1));
  await trx('people')
    .insert(inOrder)
    .onConflict('email')
    .merge(['name'])
    .whereRaw('people.name is distinct from excluded.name');
}

/** A person by address. */
export const personByEmail = (db: Db, email: string): Promise<PersonRow | undefined> =>
  db('people').where({ email }).first();

/** People of a name in any case, the exact spelling first. Two rows are enough to see that a name is ambiguous. */
export const peopleNamed = (db: Db, name: string, limit = 2): Promise<PersonRow[]> =>
  db('people').whereRaw('lower(name) = lower(?)', [name]).orderByRaw('name = ? desc, email', [name]).limit(limit);

/**
 * The teams of each of these people, in alphabetical order: the schedule of the team lists them, an override of it puts
 * them on call at `now`, or its policy pages them by address.
 */
export async function teamsOfPeople(db: Db, emails: readonly string[], now: Date): Promise<Map<string, string[]>> {
  const { rows } = await db.raw(
    `select m.email, array_agg(distinct m.team order by m.team) as teams from (
       select lower(btrim(e ->> 'email')) as email, s.team
         from schedules s cross join lateral jsonb_array_elements(s.members) e where s.deleted_at is null
       union all
       select lower(btrim(o.in_email)), s.team
         from overrides o join schedules s on s.id = o.schedule_id and s.deleted_at is null
        where o.in_email is not null and o.starts_at <= :now and coalesce(o.ended_at, o.ends_at) > :now
       union all
       select person, policy from policy_targets where person is not null) m
      where m.email in (select a from jsonb_array_elements_text(cast(:emails as jsonb)) as asked(a))
      group by m.email`,
    { emails: JSON.stringify(emails), now },
  );
  return new Map(rows.map(({ email, teams }: { email: string; teams: string[] }) => [email, teams]));
}

/** All services with an owner, by name. */
export const allServices = (db: Db): Promise<{ service: string; team: string }[]> =>
  db('services').orderBy('name').select('name as service', 'team');

/** Sets the owner of a service; false, without a change, if the team has no schedule. */
export async function saveService(trx: Db, service: string, team: string): Promise<boolean> {
  const { rowCount } = await trx.raw(
    `insert into services (name, team) select :service, s.team from schedules s where s.team = :team and s.deleted_at is null
     on conflict (name) do update set team = excluded.team`,
    { service, team },
  );
  return rowCount === 1;
}

/** Removes the owner of a service, and returns it. */
export const forgetService = (trx: Db, service: string): Promise<{ team: string }[]> =>
  trx('services').where({ name: service }).delete().returning('team');

/** The rooms of teams, by team; teams without a room are left out. */
export async function rooms(db: Db): Promise<Map<string, string>> {
  const rows = await db('teams').whereNotNull('room').select('name', 'room');
  return new Map(rows.map(({ name, room }) => [name, room]));
}

/** Sets the room of a team; false, without a change, if the team has no schedule. */
export async function saveRoom(trx: Db, team: string, room: string | null): Promise<boolean> {
  const living = trx('schedules').where({ team, deleted_at: null }).select('team');
  return (await trx('teams').whereIn('name', living).update({ room })) === 1;
}

/** How many minutes before a hand-off the people of a team are notified; only teams with a value of their own. */
export async function handoffNotices(db: Db): Promise<Map<string, number>> {
  const rows = await db('teams')
    .whereNotNull('handoff_notice_minutes')
    .select('name', 'handoff_notice_minutes as minutes');
  return new Map(rows.map(({ name, minutes }) => [name, minutes]));
}

/** Sets that number for a team; false, without a change, if the team has no schedule. */
export async function saveHandoffNotice(trx: Db, team: string, minutes: number | null): Promise<boolean> {
  const living = trx('schedules').where({ team, deleted_at: null }).select('team');
  return (await trx('teams').whereIn('name', living).update({ handoff_notice_minutes: minutes })) === 1;
}

/** Locks a team until the transaction ends; false if it does not exist. */
export const lockTeam = async (trx: Db, team: string): Promise<boolean> =>
  (await trx('teams').where({ name: team, deleted_at: null }).forUpdate().first('name')) !== undefined;

/** Marks a team as deleted. Its row stays, because its past schedule can be read. */
export const forgetTeam = (trx: Db, team: string, now: Date): Promise<number> =>
  trx('teams').where({ name: team }).update({ room: null, handoff_notice_minutes: null, deleted_at: now });
