import { inSlices } from '../../kernel/async/slices';
import { mapSteps, type Steps } from '../../kernel/async/steps';
import type { Db } from '../../kernel/db/pool';
import type { Version } from '../domain/onCall';
import type { Override } from '../domain/types';
import { NEXT_CHANGE } from './overrides';
import { readyZones } from './zones';

/** Calendars: the versions and overrides of schedules over a span, read in one query. */

export interface Calendar {
  schedule_id: string;
  team: string;
  deleted: boolean;
  /** In the order in which they apply. */
  versions: Version[];
  /** In creation order; an override that was ended early has that end. */
  overrides: Override[];
}

export type JsonVersion = Omit<Version, 'effective_from'> & { effective_from: string };
export type JsonOverride = Omit<Override, 'starts_at' | 'ends_at'> & { starts_at: string; ends_at: string };

/** A version as JSON, in SQL. */
export const VERSION_JSON =
  "jsonb_build_object('effective_from', v.effective_from, 'time_zone', v.time_zone, 'layers', v.layers)";

const person = (name: string, email: string): string =>
  `case when ${email} is not null then jsonb_build_object('name', ${name}, 'email', ${email}) end`;

/** An override as JSON, in SQL. */
export const OVERRIDE_JSON = `jsonb_build_object(
  'id', o.id, 'kind', o.kind, 'role', o.role, 'layer', o.layer, 'reason', o.reason,
  'out', ${person('o.out_name', 'o.out_email')}, 'in', ${person('o.in_name', 'o.in_email')},
  'starts_at', o.starts_at, 'ends_at', least(o.ends_at, o.ended_at))`;

/** A version from its JSON. */
export const versionFrom = (json: JsonVersion): Version => ({
  ...json,
  effective_from: new Date(json.effective_from),
});

/** An override from its JSON. */
export const overrideFrom = (json: JsonOverride): Override => ({
  ...json,
  starts_at: new Date(json.starts_at),
  ends_at: new Date(json.ends_at),
});

/**
 * Selects one row for each version and each override: parsing one large value of all of them would block the event
 * loop. `whose` is inserted into the statement.
 */
const calendars = (whose: string): string => `
  select s.id as schedule_id, s.team, s.deleted_at is not null as deleted, part.version, part.override, part.place
    from schedules s left join lateral (
      select ${VERSION_JSON} as version, null::jsonb as override, v.id as place from schedule_versions v
       where v.schedule_id = s.id and v.effective_from < :to
         and v.effective_from >= coalesce(
               (select max(p.effective_from) from schedule_versions p
                 where p.schedule_id = s.id and p.effective_from <= :from), v.effective_from)
      union all
      select null, ${OVERRIDE_JSON}, o.seq from overrides o
       where o.schedule_id = s.id and o.starts_at < :to and least(o.ends_at, o.ended_at) > :from) part on true
   where ${whose}`;

interface Row extends Pick<Calendar, 'schedule_id' | 'team' | 'deleted'> {
  version: JsonVersion | null;
  override: JsonOverride | null;
  /** In creation order; null if the schedule has no version and no override in the span. */
  place: string | null;
}

/** Reads calendars, in order of team. */
async function readCalendars(db: Db, whose: string, asked: object): Promise<Calendar[]> {
  const { rows } = await db.raw(calendars(whose), asked as never);
  const parts = await inSlices(bySchedule(rows));
  const found = await inSlices(mapSteps([...parts.values()], calendarFrom));
  await readyZones(found.flatMap(({ versions }) => versions));
  return found.sort((a, b) => (a.team < b.team ? -1 : 1));
}

function* bySchedule(rows: readonly Row[]): Steps<Map<string, Row[]>> {
  const parts = new Map<string, Row[]>();
  for (const row of rows) {
    const of = parts.get(row.schedule_id);
    if (of === undefined) parts.set(row.schedule_id, [row]);
    else of.push(row);
    yield;
  }
  return parts;
}

function calendarFrom(parts: readonly Row[]): Calendar {
  const { schedule_id, team, deleted } = parts[0] as Row;
  const inOrder = [...parts].sort((a, b) => Number(a.place) - Number(b.place));
  const versions = inOrder
    .flatMap(({ version }) => (version === null ? [] : versionFrom(version)))
    .sort((a, b) => a.effective_from.getTime() - b.effective_from.getTime());
  return {
    ...{ schedule_id, team, deleted },
    // Of versions that begin at the same minute, only the last stored applies.
    versions: versions.filter(
      ({ effective_from }, i) => versions[i + 1]?.effective_from.getTime() !== effective_from.getTime(),
    ),
    overrides: inOrder.flatMap(({ override }) => (override === null ? [] : overrideFrom(override))),
  };
}

export interface Range {
  from: Date;
  to: Date;
}

/** The calendar of a team. It includes a deleted schedule, so that its past can be read. */
export async function calendarOf(db: Db, team: string, { from, to }: Range): Promise<Calendar | undefined> {
  return (await readCalendars(db, 's.team = :team', { team, from, to }))[0];
}

/** When the next version or override of a team begins after an instant; null if nothing is planned. */
export async function nextChange(db: Db, team: string, now: Date): Promise<Date | null> {
  const { rows } = await db.raw(`select ${NEXT_CHANGE} as at from schedules s where s.team = :team`, { team, now });
  return rows[0]?.at ?? null;
}

/** The calendars of all teams that have a schedule. */
export const allCalendars = (db: Db, { from, to }: Range): Promise<Calendar[]> =>
  readCalendars(db, 's.deleted_at is null', { from, to });

/**
 * The calendars that can put a person on call, deleted ones included. Calendars that do not name the person are not
 * read.
 */
export async function calendarsOfPerson(db: Db, email: string, { from, to }: Range): Promise<Calendar[]> {
  return readCalendars(
    db,
    `s.id in (
       select m.schedule_id from schedule_versions m
        where exists (select 1 from jsonb_path_query(m.layers, '$[*].rotation.slots[*][*].email') as held(email)
                       where lower(trim(held.email #>> '{}')) = :email)
       union
       select m.schedule_id from overrides m where lower(trim(m.in_email)) = :email)`,
    { email, from, to },
  );
}
