import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import type { Db } from '../../kernel/db/pool';
import { earlier, onCallAt } from '../domain/onCall';
import type { TeamNow } from '../domain/policy';
import type { RotationType } from '../domain/simpleSchedule';
import {
  type JsonOverride,
  type JsonVersion,
  OVERRIDE_JSON,
  overrideFrom,
  VERSION_JSON,
  versionFrom,
} from './calendars';
import { IN_FORCE, NEXT_CHANGE } from './overrides';
import { readyZones } from './zones';

/** The people on call of teams and of the owners of services at an instant, in one query for any number of them. */

export interface TeamAt extends TeamNow {
  team: string;
  room: string | null;
  /** Null if the team has no schedule. */
  schedule: { id: string; rotation_type: RotationType } | null;
}

export type ScheduledTeam = TeamAt & { schedule: NonNullable<TeamAt['schedule']> };

interface TeamRow {
  team: string;
  services: string[];
  room: string | null;
  schedule_id: string | null;
  rotation_type: RotationType | null;
  version: JsonVersion | null;
  overrides: JsonOverride[] | null;
  /** When a later version or override begins. */
  next_change: Date | null;
}

const AT_INSTANT = `
  left join schedules s on s.team = a.team and s.deleted_at is null
  left join teams t on t.name = a.team
  left join lateral (
    select ${VERSION_JSON} as version
      from schedule_versions v where v.schedule_id = s.id and v.effective_from <= :now
     order by v.effective_from desc, v.id desc limit 1) v on true
  left join lateral (
    select jsonb_agg(${OVERRIDE_JSON} order by o.seq) as overrides
      from overrides o where o.schedule_id = s.id and ${IN_FORCE}) o on true`;

const COLUMNS = `a.team, t.room, s.id as schedule_id, s.rotation_type, v.version, o.overrides, ${NEXT_CHANGE} as next_change`;

/**
 * The owner of a service: the registered team, else the team of the same name (the same spelling first), else the
 * default team. The names are passed as JSON: an array would make the server plan the statement again for every number
 * of names, which takes longer than the query.
 */
const OWNERS = `
  select asked.service, coalesce(
           (select r.team from services r where r.name = asked.service),
           (select n.team from schedules n where n.deleted_at is null and lower(n.team) = asked.service
             order by n.team = asked.service desc, n.created_at, n.id limit 1),
           cast(:defaultTeam as text)) as team
    from jsonb_array_elements_text(cast(:services as jsonb)) as asked(service)`;

/** The team that owns each service at an instant; services without an owner are not in the result. */
export async function ownersAt(
  db: Db,
  services: readonly string[],
  defaultTeam: string | null,
  now: Date,
): Promise<Map<string, TeamAt>> {
  const { rows } = await db.raw(
    `with owned as (${OWNERS}),
     a as (select team, array_agg(service) as services from owned where team is not null group by team)
     select a.services, ${COLUMNS} from a ${AT_INSTANT}`,
    { services: JSON.stringify([...new Set(services)]), defaultTeam, now },
  );
  await zonesOf(rows);
  return new Map(
    rows.flatMap((row: TeamRow) => {
      const team = toTeam(row, now);
      return row.services.map((service): [string, TeamAt] => [service, team]);
    }),
  );
}

/** A team with a schedule at an instant. */
export async function teamAt(db: Db, team: string, now: Date): Promise<ScheduledTeam | undefined> {
  const { rows } = await db.raw(`select ${COLUMNS} from (select cast(:team as text) as team) a ${AT_INSTANT}`, {
    team,
    now,
  });
  await zonesOf(rows);
  const { schedule, ...rest } = toTeam(rows[0], now);
  return schedule === null ? undefined : { ...rest, schedule };
}

/** The name of the team with a schedule that has this name, in the same spelling or else in another case; null without one. */
export async function scheduledName(db: Db, name: string): Promise<string | null> {
  const { rows } = await db.raw(
    `select team from schedules where deleted_at is null and lower(team) = lower(cast(:name as text))
      order by team = :name desc, created_at, id limit 1`,
    { name },
  );
  return rows[0]?.team ?? null;
}

/** The teams of these names that have a schedule, by name, at an instant. */
export async function teamsAt(db: Db, names: readonly string[], now: Date): Promise<Map<string, TeamAt>> {
  if (names.length === 0) return new Map();
  const { rows } = await db.raw(
    `select ${COLUMNS} from jsonb_array_elements_text(cast(:names as jsonb)) as a(team) ${AT_INSTANT}
      where s.id is not null`,
    { names: JSON.stringify(names), now },
  );
  await zonesOf(rows);
  const teams = await inSlices(mapSteps(rows, (row: TeamRow) => toTeam(row, now)));
  return new Map(teams.map((team) => [team.team, team]));
}

/** All teams with a schedule at an instant. */
export async function scheduledTeamsAt(db: Db, now: Date): Promise<TeamAt[]> {
  const { rows } = await db.raw(
    `select ${COLUMNS} from (select team from schedules where deleted_at is null) a ${AT_INSTANT}`,
    { now },
  );
  await zonesOf(rows);
  return inSlices(mapSteps(rows, (row: TeamRow) => toTeam(row, now)));
}

const zonesOf = (rows: readonly TeamRow[]): Promise<void> => readyZones(rows.map(({ version }) => version));

function toTeam(row: TeamRow, now: Date): TeamAt {
  const { team, room, schedule_id: id, rotation_type } = row;
  const version = row.version && versionFrom(row.version);
  const overrides = (row.overrides ?? []).map(overrideFrom);
  const here = onCallAt(version === null ? [] : [version], overrides, now);
  const onCall = { ...here, until: earlier(here.until, row.next_change) };
  const schedule = id === null || rotation_type === null ? null : { id, rotation_type };
  return { team, room, schedule, at: now, version, overrides, onCall };
}

export interface Owner {
  service: string;
  team: string | null;
  owned_by: 'registry' | 'name' | 'default' | null;
  has_schedule: boolean;
}

/** The owner of each service and the rule that chose it; includes services without an owner. */
export async function ownersOf(db: Db, services: readonly string[], defaultTeam: string | null): Promise<Owner[]> {
  const { rows } = await db.raw(
    `with owned as (${OWNERS})
     select o.service, o.team, s.team is not null as has_schedule,
            case when o.team is null then null
                 when exists (select 1 from services r where r.name = o.service) then 'registry'
                 when lower(o.team) = o.service and s.team is not null then 'name'
                 else 'default' end as owned_by
       from owned o left join schedules s on s.team = o.team and s.deleted_at is null
      order by o.service`,
    { services: JSON.stringify([...new Set(services)]), defaultTeam },
  );
  return rows;
}
