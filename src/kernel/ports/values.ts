import * as z from 'zod';

/** Schemas that all contracts share: vocabularies, instants, ids and pages, each with its limits. */

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Invisible characters: joiners, direction marks, variation selectors, and the Braille blank. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2800]/gu;

/** Whether a text is empty or has only spaces and invisible characters. */
export const blank = (text: string): boolean => text.replace(INVISIBLE, '').trim() === '';

/** An input field with a word of a list, trimmed and lower-cased. */
export const word = <const T extends readonly [string, ...string[]]>(name: string, words: T) =>
  z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(words, { error: `${name} must be one of ${words.join(', ')}` }));

export const SeverityIn = word('severity', SEVERITIES);
export const Severity = z.enum(SEVERITIES);

/** A service name: trimmed and lower-cased, 1 to 255 characters before and after that. */
export const ServiceName = z.string().max(255).trim().toLowerCase().min(1, 'Must not be blank').max(255);

/** A text that is not blank; stored unchanged. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !blank(value), 'Must not be blank');

export const Id = z.uuid();

/** The header If-Match: the versions that the caller has read; see `requireCurrent`. */
export const IfMatch = z.string().max(500).optional();

/** An instant in output: RFC 3339 in UTC with milliseconds. */
export const Instant = z.iso.datetime();

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** An instant in input: RFC 3339 with any offset. Refuses dates that do not exist. */
export const InstantIn = z
  .string()
  .max(40)
  .refine(
    (value) => RFC3339.test(value) && isRealDate(value),
    'Must be an RFC 3339 instant, such as 2026-03-21T03:14:00Z',
  );

const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * JavaScript reads 2026-02-30 as March 2nd, which must be refused. The instant in UTC must have a year of four digits,
 * because RFC 3339 and Postgres allow no other; an offset can move it out of that range.
 */
function isRealDate(value: string): boolean {
  const instant = Date.parse(value.toUpperCase().replace(' ', 'T'));
  if (Number.isNaN(instant) || instant < FIRST_INSTANT || instant > LAST_INSTANT) return false;
  const [year, month, day] = value.slice(0, 10).split('-').map(Number) as [number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** The name of a time zone, such as Europe/Berlin. */
export const TimeZone = z
  .string()
  .max(100)
  .refine(isTimeZone, 'Must be the name of a time zone, such as Europe/Berlin');

function isTimeZone(name: string): boolean {
  try {
    // Intl accepts an offset as a zone; Postgres reads it differently.
    return (
      /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
    );
  } catch {
    return false;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LENIENT_UUID = /^(urn:uuid:)?\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;

/** An id in a path. Other notations of a UUID are valid and name nothing (404); any other text is malformed (400). */
export const idInPath = (message: string) => z.string().refine((value) => LENIENT_UUID.test(value), message);

/** The canonical id, or null if the text is another notation of a UUID. */
export const idOf = (value: string): string | null => (UUID.test(value) ? value.toLowerCase() : null);

const LARGEST_OFFSET = 1_000_000;

/** Input of a paged list: page from 1, per_page 1 to 200, at most a million rows deep. */
export const paged = <T extends z.ZodRawShape>(shape: T) =>
  z
    .object({
      ...shape,
      page: z.coerce.number<number>().int().min(1).max(LARGEST_OFFSET).default(1),
      per_page: z.coerce.number<number>().int().min(1).max(200).default(50),
    })
    .refine((input) => withinReach(input as { page: number; per_page: number }), {
      path: ['page'],
      message: `page × per_page must not exceed ${LARGEST_OFFSET}`,
    });

const withinReach = ({ page, per_page }: { page: number; per_page: number }): boolean =>
  page * per_page <= LARGEST_OFFSET;

/** Output of a paged list: the rows have their own name. */
export const pageOf = <K extends string, T extends z.ZodType>(name: K, row: T) =>
  z.object({ total: z.int(), page: z.int(), per_page: z.int(), [name]: z.array(row) } as {
    total: z.ZodInt;
    page: z.ZodInt;
    per_page: z.ZodInt;
  } & Record<K, z.ZodArray<T>>);

export const Labels = z
  .record(
    z.string().min(1).max(128),
    z.union([z.string().max(1024), z.number(), z.boolean()], {
      error: 'A label is a string of at most 1024 characters, a number or a boolean',
    }),
  )
  .refine((labels) => Object.keys(labels).length <= 64, 'At most 64 labels');
export type Labels = z.infer<typeof Labels>;

export const LONGEST_LINK = 2_048;
/** Longest description in snapshots, incidents and messages, in UTF-16 units. */
export const LONGEST_DESCRIPTION = 3_000;

/** A link that the source of an alert names: a runbook, a dashboard, the query behind the alert, another page, an image. */
export const SourceLink = z
  .object({
    kind: z.enum(['runbook', 'dashboard', 'source', 'link', 'image']),
    url: z.string().max(LONGEST_LINK),
    /** The source's own words for it. */
    title: z.string().max(255).optional(),
  })
  .meta({ id: 'SourceLink' });
export type SourceLink = z.infer<typeof SourceLink>;

/** Most links of one alert, incident or message. */
export const MOST_LINKS = 8;
export const SourceLinks = z.array(SourceLink).max(MOST_LINKS);

/** Prefix of the ids of API keys from the environment; the rest is part of the key's hash. */
export const ENVIRONMENT_KEY = 'environment:';

/** An e-mail address, which identifies a person: trimmed, lower case. */
export const Email = z.string().max(255).trim().toLowerCase().pipe(z.email().max(255));

/** Input of the operation `events`: a long poll that waits up to `wait_ms` if there are no new events. */
export const EventsInput = z.object({
  /** The last cursor that was read; `latest` returns no events, only the current cursor. */
  after: z.string().max(100).optional(),
  wait_ms: z.coerce.number<number>().int().min(0).max(25_000).default(0),
  limit: z.coerce.number<number>().int().min(1).max(1000).default(200),
});

/** Kind of the actor of an event; null in events of earlier versions. */
export const ActorKind = z.enum(['user', 'key', 'integration', 'link', 'system', 'anonymous']).nullable();

/** Output of the operation `events`. */
export const EventsOutput = z.object({
  events: z.array(
    z.object({
      cursor: z.string(),
      kind: z.string(),
      subject: z.string(),
      actor: z.string(),
      actor_kind: ActorKind.default(null),
      data: z.record(z.string(), z.unknown()),
      at: Instant,
    }),
  ),
  /** The cursor for the next read; null before the first event. */
  cursor: z.string().nullable(),
});

/** The status of a module. A module that answers also reaches its database. */
export const ModuleStatus = z.object({
  version: z.string(),
  started_at: Instant,
  jobs: z.object({
    /** Jobs that could run now and do not. */
    due: z.int(),
    oldest_due_seconds: z.number(),
    /** Jobs that failed so often that they are retried slowly. */
    given_up: z.int(),
  }),
});
export type ModuleStatus = z.infer<typeof ModuleStatus>;

/** The internal status operation of a module. The path keeps its name for services of earlier versions. */
export const statusOperation = <const M extends string>(module: M) =>
  ({
    summary: 'Status of this module and its job queue',
    method: 'GET',
    path: `/internal/${module}/standing`,
    access: 'internal',
    quiet: true,
    input: z.object({}),
    output: ModuleStatus,
  }) as const;

/** Most names in one response; the next request starts after the last name. */
export const MOST_SERVICES = 5_000;
/** Most services in one request. */
export const SERVICES_AT_ONCE = 1_000;

/** Services about which the gateway asks a module. */
export const ServicesInput = z.object({ services: z.array(z.string().max(255)).max(SERVICES_AT_ONCE) });

/** The internal operation with which the gateway lists the services that a module has seen, in order of name. */
export const serviceNamesOperation = <const M extends string>(module: M) =>
  ({
    summary: 'Names of services that this module has seen, in order; at most 5,000 at once',
    method: 'GET',
    path: `/internal/${module}/service-names`,
    access: 'internal',
    quiet: true,
    input: z.object({
      /** Only names after this one. */
      after: z.string().max(255).optional(),
      /** Only this name, if the module has seen it. */
      service: z.string().max(255).optional(),
    }),
    output: z.object({ names: z.array(z.string()) }),
  }) as const;
