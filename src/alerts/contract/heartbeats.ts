import * as z from 'zod';
import {
  Id,
  Instant,
  idInPath,
  paged,
  pageOf,
  ServiceName,
  Severity,
  SeverityIn,
  TimeZone,
  text,
} from '../../kernel/ports/values';

/** Heartbeats: jobs that check in by a ping. */

const SHORTEST_S = 30;
const LONGEST_S = 366 * 86_400;
/** Most heartbeats of an installation. */
export const MOST_HEARTBEATS = 2_000;
/** How many pings of each heartbeat are kept. */
export const PINGS_KEPT = 100;
/** How many pings of each heartbeat a list shows. */
export const PINGS_LISTED = 20;

/** `new`: never seen. `started`: a run has begun. `late`: a ping is due, and the grace has not passed. */
export const HEARTBEAT_STATES = ['new', 'up', 'started', 'late', 'down', 'paused'] as const;
export const HeartbeatState = z.enum(HEARTBEAT_STATES);
export type HeartbeatState = z.infer<typeof HeartbeatState>;

const Seconds = z.int().min(SHORTEST_S).max(LONGEST_S);
const CronText = z.string().trim().min(1).max(200);

/** A period in seconds, or a cron expression of five fields in a time zone; the grace is in seconds. */
export const HeartbeatSchedule = z.union([
  z.object({ period: Seconds, grace: Seconds }),
  z.object({ cron: z.string(), time_zone: z.string(), grace: Seconds }),
]);
export type HeartbeatSchedule = z.infer<typeof HeartbeatSchedule>;

/** Input of a schedule: one object, so that an error names its field. */
export const HeartbeatScheduleIn = z
  .object({
    /** Seconds from one ping to the next. */
    period: Seconds.optional(),
    /** Five fields, such as `0 3 * * *`; needs `time_zone`. */
    cron: CronText.optional(),
    time_zone: TimeZone.optional(),
    /** Seconds for which a ping may be late. */
    grace: Seconds,
  })
  .refine(({ period, cron }) => (period === undefined) !== (cron === undefined), {
    path: ['period'],
    message: 'Give either a period or a cron expression',
  })
  .refine(({ cron, time_zone }) => (cron === undefined) === (time_zone === undefined), {
    path: ['time_zone'],
    message: 'A cron expression needs a time zone, and a period has none',
  });
export type HeartbeatScheduleIn = z.output<typeof HeartbeatScheduleIn>;

const Slug = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[a-z0-9_-]+$/, 'Only lower-case letters, digits, - and _');
export const Team = z.string().trim().min(1).max(255);
export const Name = text(255).trim();

const PING_KINDS = ['success', 'start', 'fail', 'log'] as const;

const PingShown = z.object({
  /** Counts the pings of its heartbeat from 1. */
  number: z.int(),
  at: Instant,
  kind: z.enum(PING_KINDS),
  exit_code: z.int().nullable(),
  /** From the start to the end of the run; null if the ping ends no run with a known start. */
  run_ms: z.int().nullable(),
});

export const Heartbeat = z
  .object({
    id: Id,
    name: z.string(),
    /** Its name in ping addresses. */
    slug: z.string(),
    /** The team or the service that its alerts name; the other one is null. */
    team: z.string().nullable(),
    service: z.string().nullable(),
    severity: Severity,
    schedule: HeartbeatSchedule,
    paused: z.boolean(),
    state: HeartbeatState,
    /** The address of this heartbeat alone, which needs no key. Only administrators see it. */
    ping_url: z.string(),
    /** How many pings have arrived so far. */
    pings: z.int(),
    last_ping_at: Instant.nullable(),
    last_run_ms: z.int().nullable(),
    /** When the oldest run began that has not ended. */
    started_at: Instant.nullable(),
    /** When the next ping is expected, and when the heartbeat is down without it. Null if it is new, paused or down. */
    due_at: Instant.nullable(),
    down_at: Instant.nullable(),
    down_since: Instant.nullable(),
    /** `missed`: no ping arrived. `unfinished`: a run did not end. `failed`: the job reported a failure. */
    down_cause: z.enum(['missed', 'unfinished', 'failed']).nullable(),
    /** Tocsin itself did not run then, so a ping may have been lost, and the grace counts again from the end. */
    outage: z.object({ from: Instant, until: Instant }).nullable(),
    /** The last pings, newest first. */
    recent: z.array(PingShown),
    created_at: Instant,
    created_by: z.string(),
  })
  .meta({ id: 'Heartbeat' });
export type Heartbeat = z.infer<typeof Heartbeat>;

const ofOne = { id: idInPath('Invalid heartbeat ID format') };

/** Heartbeats. Administrators change them, like integrations. */
export const heartbeatOperations = {
  listHeartbeats: {
    summary: 'Heartbeats with their state, those that are down first',
    method: 'GET',
    path: '/api/v1/heartbeats',
    access: 'viewer',
    input: paged({
      /** States, separated by commas. */
      state: z
        .string()
        .max(100)
        .optional()
        .refine(
          (value) => value === undefined || value.split(',').every((one) => HeartbeatState.safeParse(one).success),
          `Must be a list of ${HEARTBEAT_STATES.join(', ')}`,
        ),
      /** A text in the name, the slug, the team or the service. */
      q: z.string().max(200).trim().toLowerCase().default(''),
    }),
    output: pageOf('heartbeats', Heartbeat).extend({
      /** How many heartbeats are in each state, whatever the filter. */
      states: z.record(HeartbeatState, z.int()),
    }),
  },
  getHeartbeat: {
    summary: 'A heartbeat',
    method: 'GET',
    path: '/api/v1/heartbeats/:id',
    access: 'viewer',
    input: z.object(ofOne),
    output: Heartbeat,
  },
  createHeartbeat: {
    summary: 'Add a heartbeat for a team or a service',
    method: 'POST',
    path: '/api/v1/heartbeats',
    access: 'admin',
    input: z
      .object({
        name: Name,
        /** Without it, the name in lower case with hyphens. */
        slug: Slug.optional(),
        team: Team.optional(),
        service: ServiceName.optional(),
        severity: SeverityIn.default('high'),
        schedule: HeartbeatScheduleIn,
        paused: z.boolean().default(false),
      })
      .refine(({ team, service }) => (team === undefined) !== (service === undefined), {
        path: ['team'],
        message: 'Give either a team or a service',
      }),
    output: Heartbeat,
    status: 201,
  },
  updateHeartbeat: {
    summary: 'Change a heartbeat; a change of the schedule counts from now',
    method: 'PATCH',
    path: '/api/v1/heartbeats/:id',
    access: 'admin',
    input: z
      .object({
        ...ofOne,
        name: Name.optional(),
        slug: Slug.optional(),
        /** Replaces the service. */
        team: Team.optional(),
        /** Replaces the team. */
        service: ServiceName.optional(),
        severity: SeverityIn.optional(),
        schedule: HeartbeatScheduleIn.optional(),
        paused: z.boolean().optional(),
      })
      .refine(({ team, service }) => team === undefined || service === undefined, {
        path: ['team'],
        message: 'Give either a team or a service',
      }),
    output: Heartbeat,
  },
  deleteHeartbeat: {
    summary: 'Delete a heartbeat; its alert ends',
    method: 'DELETE',
    path: '/api/v1/heartbeats/:id',
    access: 'admin',
    input: z.object(ofOne),
    output: z.void(),
    status: 204,
  },
  pauseHeartbeat: {
    summary: 'Pause a heartbeat: no ping is expected, and its alert ends',
    method: 'POST',
    path: '/api/v1/heartbeats/:id/pause',
    access: 'admin',
    input: z.object(ofOne),
    output: Heartbeat,
  },
  resumeHeartbeat: {
    summary: 'Resume a heartbeat: the next ping is expected by the schedule, counted from now',
    method: 'POST',
    path: '/api/v1/heartbeats/:id/resume',
    access: 'admin',
    input: z.object(ofOne),
    output: Heartbeat,
  },
  heartbeatPings: {
    summary: `The last ${PINGS_KEPT} pings of a heartbeat, newest first`,
    method: 'GET',
    path: '/api/v1/heartbeats/:id/pings',
    access: 'viewer',
    input: z.object(ofOne),
    output: z.object({
      pings: z.array(
        PingShown.extend({
          /** The id that pairs the start of a run with its end. */
          rid: z.string().nullable(),
          method: z.string(),
          /** Bytes of the body as it was sent; more than are kept if it was long. */
          body_bytes: z.int(),
        }),
      ),
    }),
  },
  pingBody: {
    summary: 'The body of a ping, with everything masked that looks like a secret',
    method: 'GET',
    path: '/api/v1/heartbeats/:id/pings/:number',
    access: 'responder',
    input: z.object({ ...ofOne, number: z.coerce.number<number>().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    output: z.object({ body: z.string() }),
  },
} as const;
