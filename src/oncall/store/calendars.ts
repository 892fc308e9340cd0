import type { Db } from '../../kernel/db';
import type { Version } from '../domain/calendar';
import type { Override } from '../domain/duty';
import { NEXT_CHANGE } from './overrides';
import { readyZones } from './zones';

/** What a calendar is computed from, read in one query: the versions and overrides of schedules over a span. */

export interface Calendar {
  schedule_id: string;
  team: string;
  deleted: boolean;
  /** In the order in which they count. */
  versions: Version[];
  /** In creation order, ended ones until their end. */
  overrides: Override[];
}

export type JsonVersion = Omit<Version, 'effective_from'> & { effective_from: string };
export type JsonOverride = Omit<Override, 'starts_at' | 'ends_at'> & { starts_at: string; ends_at: string };

export const VERSION_JSON =
  "jsonb_build_object('effective_from', v.effective_from, 'time_zone', v.time_zone, 'layers', v.layers)";

const person = (name: string, email: string): string =>
  `case when ${email} is not null then jsonb_build_object('name', ${name}, 'email', ${email}) end`;

export const OVERRIDE_JSON = `jsonb_build_object(
  'id', o.id, 'kind', o.kind, 'role', o.role, 'layer', o.layer, 'reason', o.reason,
  'out', ${person('o.out_name', 'o.out_email')}, 'in', ${person('o.in_name', 'o.in_email')},
  'starts_at', o.starts_at, 'ends_at', least(o.ends_at, o.ended_at))`;

export const versionFrom = (json: JsonVersion): Version => ({
  ...json,
  effective_from: new Date(json.effective_from),
});

export const overrideFrom = (json: JsonOverride): Override => ({
  ...json,
  starts_at: new Date(json.starts_at),
  ends_at: new Date(json.ends_at),
});

const CALENDARS = `
  select s.id as schedule_id, s.team, s.deleted_at is not null as deleted,
         (select jsonb_agg(${VERSION_JSON} order by v.effective_from, v.id) from schedule_versions v
           where v.schedule_id = s.id and v.effective_from < :to
             and v.effective_from >= coalesce(
                   (select max(p.effective_from) from schedule_versions p
                     where p.schedule_id = s.id and p.effective_from <= :from), v.effective_from)) as versions,
         (select jsonb_agg(${OVERRIDE_JSON} order by o.seq) from overrides o
           where o.schedule_id = s.id and o.starts_at < :to and least(o.ends_at, o.ended_at) > :from) as overrides
    from schedules s`;

type Row = Pick<Calendar, 'schedule_id' | 'team' | 'deleted'> & {
  versions: JsonVersion[] | null;
  overrides: JsonOverride[] | null;
};

async function calendarsFrom(rows: readonly Row[]): Promise<Calendar[]> {
  await readyZones(rows.flatMap(({ versions }) => versions ?? []));
  return rows.map(calendarFrom);
}

const calendarFrom = ({ versions, overrides, ...row }: Row): Calendar => ({
  ...row,
  // Of those that begin at the same minute only the last written ever counts.
  versions: (versions ?? [])
    .filter(({ effective_from }, i, all) => all[i + 1]?.effective_from !== effective_from)
    .map(versionFrom),
  overrides: (overrides ?? []).map(overrideFrom),
});

export interface Range {
  from: Date;
  to: Date;
}

/** The calendar of a team, also of one whose schedule was deleted: its past stays answerable. */
export async function calendarOf(db: Db, team: string, { from, to }: Range): Promise<Calendar | undefined> {
  const { rows } = await db.raw(`${CALENDARS} where s.team = :team`, { team, from, to });
  return (await calendarsFrom(rows))[0];
}

/** When the next version or override of a team's schedule begins after an instant; null where nothing is planned. */
export async function nextChange(db: Db, team: string, now: Date): Promise<Date | null> {
  const { rows } = await db.raw(`select ${NEXT_CHANGE} as at from schedules s where s.team = :team`, { team, now });
  return rows[0]?.at ?? null;
}

/** The calendars of all teams that have a schedule. */
export async function allCalendars(db: Db, { from, to }: Range): Promise<Calendar[]> {
  const { rows } = await db.raw(`${CALENDARS} where s.deleted_at is null order by s.team`, { from, to });
  return calendarsFrom(rows);
}

/** The calendars by which somebody may be on call, deleted ones included; most teams' need not be read to know that they are not. */
export async function calendarsOfPerson(db: Db, email: string, { from, to }: Range): Promise<Calendar[]> {
  const { rows } = await db.raw(
    `${CALENDARS} where s.id in (
       select m.schedule_id from schedule_versions m
        where exists (select 1 from jsonb_path_query(m.layers, '$[*].rotation.slots[*][*].email') as held(email)
                       where lower(trim(held.email #>> '{}')) = :email)
       union
       select m.schedule_id from overrides m where lower(trim(m.in_email)) = :email)
      order by s.team`,
    { email, from, to },
  );
  return calendarsFrom(rows);
}
