import * as z from 'zod';
import { Id, IfMatch, Instant, InstantIn, idInPath, text } from '../../kernel/ports/values';
import { AnyTeam, DAYS, OVERRIDE_KINDS, ROLES, ROTATION_TYPES, TimeOfDay, TURNS, UNITS } from './shared';

/** The schemas of schedules, shifts, gaps and overrides. */

/** The name of a team is its key: case-sensitive, and usable in a path. */
export const TeamName = z
  .string()
  .min(1)
  .max(255)
  .refine((name) => name.trim() !== '' && !/[/\\]/.test(name) && name !== '.' && name !== '..', {
    message: 'A team name must not be blank and must not contain a slash',
  });

/** Calendars are computed between these years. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2099;
const within = (year: number): boolean => year >= FIRST_YEAR && year <= LAST_YEAR;
export const CalendarInstant = InstantIn.refine(
  (value) => Number.isNaN(Date.parse(value)) || within(new Date(value).getUTCFullYear()),
  `Must lie in the years ${FIRST_YEAR} to ${LAST_YEAR}`,
);

const LOCAL = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$/;

/** JavaScript reads the 30th of February as a day of March. */
function isLocalDateTime(value: string): boolean {
  const ms = LOCAL.test(value) ? Date.parse(`${value}Z`) : Number.NaN;
  return !Number.isNaN(ms) && within(Number(value.slice(0, 4))) && new Date(ms).toISOString().startsWith(value);
}
const LocalDateTime = z
  .string()
  .max(40)
  .refine(isLocalDateTime, 'Must be a local date and time that the calendar has, such as 2026-03-30T09:00');

/** The longest span, two years with a leap year, because the answer is computed while the client waits. */
const LONGEST_SPAN_DAYS = 731;

const tooLong = (from: string): string => {
  const last = new Date(Date.parse(from) + LONGEST_SPAN_DAYS * 86_400_000).toISOString();
  return `A span is at most two years long. Request it until ${last}, and the rest as another span`;
};

/** The input of a query for a span. If one end is missing, its default lies within the bounds. */
export const span = <T extends z.ZodRawShape>(shape: T) =>
  z
    .object({ ...shape, from: CalendarInstant.optional(), to: CalendarInstant.optional() })
    .superRefine((input, context) => {
      const { from, to } = input as { from?: string; to?: string };
      if (from === undefined || to === undefined) return;
      const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
      const message = days <= 0 ? 'Must be later than from' : days > LONGEST_SPAN_DAYS ? tooLong(from) : null;
      if (message !== null) context.addIssue({ code: 'custom', path: ['to'], message });
    });

export const Member = z.object({
  name: text(255),
  email: text(255),
  role: z.enum(ROLES),
});

export const Person = z.object({ name: z.string(), email: z.string() }).meta({ id: 'PersonOnCall' });
const PersonIn = z.object({ name: text(255), email: text(255) });

/**
 * A daily window in local time. If `to` is not later than `from`, it ends on the next day and belongs to the first.
 * Every day by default.
 */
export const Restriction = z.object({
  days: z.array(z.enum(DAYS)).min(1).max(7).nullish(),
  from: TimeOfDay,
  to: TimeOfDay,
});

const ROTATION = {
  unit: z.enum(UNITS),
  length: z.int().min(1).max(1_000).default(1),
  /** Local date and time in the zone of the schedule. */
  handoff: LocalDateTime,
  /** Whether every unit counts as a turn, or only the units that touch a restriction. */
  turns: z.enum(TURNS).default('always'),
};

const LAYER = {
  name: text(100),
  role: z.enum(ROLES).default('primary'),
  /** In each role the highest level with a person wins; layers of one level add up. */
  level: z.int().min(-1_000).max(1_000).default(0),
  restrictions: z.array(Restriction).max(50).default([]),
  starts_at: CalendarInstant.nullish(),
  ends_at: CalendarInstant.nullish(),
};

const LayerIn = z
  .object({
    ...LAYER,
    /** Slots in order; each holds the people who are on call together, or no one. */
    rotation: z.object({ ...ROTATION, slots: z.array(z.array(PersonIn).max(50)).min(1).max(500) }),
  })
  .refine(({ starts_at, ends_at }) => !starts_at || !ends_at || Date.parse(starts_at) < Date.parse(ends_at), {
    path: ['ends_at'],
    message: 'Must be later than starts_at',
  });

const MOST_LAYERS = 50;
const MOST_MEMBERS = 2_000;
export const LayersIn = z
  .array(LayerIn)
  .min(1)
  .max(MOST_LAYERS)
  .superRefine((layers, context) => {
    layers.forEach(({ name }, i) => {
      if (layers.findIndex((other) => other.name === name) < i) {
        context.addIssue({ code: 'custom', path: [i, 'name'], message: 'Another layer has this name' });
      }
    });
    const members = layers.reduce((sum, { rotation }) => sum + rotation.slots.flat().length, 0);
    if (members > MOST_MEMBERS) {
      context.addIssue({ code: 'custom', message: `A schedule holds at most ${MOST_MEMBERS} members in all slots` });
    }
  });

export const Layer = z
  .object({
    ...LAYER,
    /** The turn offset is set by edits, so that the person on call stays on call. */
    rotation: z.object({ ...ROTATION, slots: z.array(z.array(Person)), turn_offset: z.int() }),
  })
  .meta({ id: 'Layer' });

export const Schedule = z
  .object({
    id: Id,
    team: z.string(),
    /** For a schedule with layers, the closest simple schedule. */
    rotation_type: z.enum(ROTATION_TYPES),
    members: z.array(Member),
    /** The content of the version in force. */
    time_zone: z.string(),
    layers: z.array(Layer),
    /** True if the schedule was set as layers; then it is changed as layers too. */
    layered: z.boolean(),
    /** The version of the last edit, even if it is not in force yet; the ETag. */
    version: z.string(),
    created_at: Instant,
    updated_at: Instant.nullable(),
  })
  .meta({ id: 'Schedule' });

export const Source = z
  .union([
    z.object({ kind: z.literal('layer'), layer: z.string(), level: z.int() }),
    z.object({
      kind: z.literal('override'),
      id: Id,
      override: z.enum(OVERRIDE_KINDS),
      layer: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ])
  .meta({ id: 'ShiftSource' });

export const OnDuty = z.object({ name: z.string(), email: z.string(), source: Source }).meta({ id: 'OnDuty' });

export const Shift = z
  .object({ role: z.enum(ROLES), person: Person, starts_at: Instant, ends_at: Instant, source: Source })
  .meta({ id: 'Shift' });

export const Gap = z
  .object({
    role: z.enum(ROLES),
    starts_at: Instant,
    ends_at: Instant,
    /** The override that left the role empty; null if the layers did. */
    override_id: Id.nullable(),
    /** True if a takeover by no one planned the gap. */
    planned: z.boolean(),
  })
  .meta({ id: 'Gap' });

export const LevelGap = z
  .object({ role: z.enum(ROLES), level: z.int(), starts_at: Instant, ends_at: Instant })
  .meta({ id: 'LevelGap' });

export const Handoff = z
  .object({
    at: Instant,
    role: z.enum(ROLES),
    off: z.array(Person),
    on: z.array(Person),
    staying: z.array(Person),
  })
  .meta({ id: 'Handoff' });

/** The duties of one layer alone, without levels and overrides. */
export const LayerRow = z
  .object({
    layer: z.string(),
    role: z.enum(ROLES),
    level: z.int(),
    shifts: z.array(z.object({ starts_at: Instant, ends_at: Instant, people: z.array(Person) })),
  })
  .meta({ id: 'LayerShifts' });

export const Spanned = z.object({ team: z.string().nullable(), time_zone: z.string(), from: Instant, to: Instant });

export const Override = z
  .object({
    id: Id,
    team: z.string(),
    kind: z.enum(OVERRIDE_KINDS),
    role: z.enum(ROLES).nullable(),
    layer: z.string().nullable(),
    out: Person.nullable(),
    in: Person.nullable(),
    reason: z.string().nullable(),
    starts_at: Instant,
    /** The end; if the override was ended early, that instant. */
    ends_at: Instant,
    state: z.enum(['future', 'running', 'past']),
    /** True for overrides of POST /api/v1/oncall/override, which keeps one per team. */
    plain: z.boolean(),
    created_by: z.string(),
    created_at: Instant,
    /** Changes with every move. */
    version: z.string(),
  })
  .meta({ id: 'Override' });

/** The people that an override of each kind needs; null if it may have one. */
const PARTS = {
  replace: { out: true, in: true },
  add: { out: false, in: true },
  remove: { out: true, in: false },
  takeover: { out: false, in: null },
} as const;

export const OverrideIn = z
  .object({
    team: AnyTeam,
    kind: z.enum(OVERRIDE_KINDS),
    /**
     * Without a role, an add and a takeover put a person on call as primary, and the takeover empties the secondary
     * role; the other kinds apply to both roles.
     */
    role: z.enum(ROLES).nullish(),
    /** Changes the people of this layer, before levels are compared. */
    layer: z.string().min(1).max(100).nullish(),
    out: PersonIn.nullish(),
    in: PersonIn.nullish(),
    reason: z.string().max(1000).nullish(),
    /** Now by default; spans are rounded outward to whole minutes. */
    starts_at: CalendarInstant.optional(),
    ends_at: CalendarInstant,
  })
  .superRefine((value, context) => {
    for (const part of ['out', 'in'] as const) {
      const wanted = PARTS[value.kind][part];
      const given = value[part] !== null && value[part] !== undefined;
      if (wanted === null || wanted === given) continue;
      const message = wanted
        ? `An override of kind ${value.kind} needs this`
        : `An override of kind ${value.kind} has none`;
      context.addIssue({ code: 'custom', path: [part], message });
    }
  });

/** The new span is rounded outward as for a new override; an end that is not given stays. */
export const OverrideMove = z
  .object({
    id: idInPath('Invalid override ID format'),
    starts_at: CalendarInstant.optional(),
    ends_at: CalendarInstant.optional(),
    if_match: IfMatch,
  })
  .refine(({ starts_at, ends_at }) => starts_at !== undefined || ends_at !== undefined, {
    path: ['starts_at'],
    message: 'Give starts_at, ends_at or both',
  });

/** Large enough for lists that are too long, so that the answer can name the list. */
export const MEMBERS_BODY = 2 * 1024 * 1024;
