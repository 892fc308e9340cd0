import * as z from 'zod';
import { Instant, ModuleStatus } from '../../kernel/ports/values';
import { SOURCES } from './events';

/** Status of the modules, and the set-up steps of a new installation. */

const ServiceHealth = z.object({ status: z.enum(['up', 'down']), code: z.int().optional() });

const ModuleStanding = z
  .object({
    module: z.enum(SOURCES),
    status: z.enum(['up', 'down']),
    /** Why it is down; null while it is up. */
    reason: z.string().nullable(),
    standing: ModuleStatus.nullable(),
  })
  .meta({ id: 'ModuleStanding' });
export type ModuleStanding = z.infer<typeof ModuleStanding>;

const SelfWatch = z
  .object({
    /** How often a test alert walks through all modules; 0 if the self-watch is off. */
    every_seconds: z.int(),
    /** `waiting` until the first one has arrived, `failing` from the first one that is late until one passes again. */
    state: z.enum(['off', 'waiting', 'passing', 'failing']),
    last_started_at: Instant.nullable(),
    /** The last one that arrived within a minute, and how long it took. */
    last_passed_at: Instant.nullable(),
    last_duration_ms: z.int().nullable(),
    failing_since: Instant.nullable(),
    /** The module at which the first late one was stuck, if it is known. */
    stuck_at: z.enum(SOURCES).nullable(),
    /** The requests to HEARTBEAT_URL. */
    heartbeat: z.object({
      configured: z.boolean(),
      last_at: Instant.nullable(),
      /** Why the last one failed; null if it did not. */
      failure: z.string().nullable(),
    }),
  })
  .meta({ id: 'SelfWatch' });

export const platformOperations = {
  servicesHealth: {
    summary: 'Health of the services behind the gateway',
    method: 'GET',
    path: '/api/services/health',
    access: 'public',
    quiet: true,
    input: z.object({}),
    output: z.object({
      'alert-ingestion': ServiceHealth,
      'incident-management': ServiceHealth,
      'oncall-service': ServiceHealth,
      'notification-service': ServiceHealth,
    }),
  },
  platform: {
    summary: 'Status of every module and its jobs, and the deliveries of the last day',
    method: 'GET',
    path: '/api/v1/platform',
    access: 'viewer',
    quiet: true,
    input: z.object({}),
    output: z.object({
      at: Instant,
      /** The version of the process that answers. */
      version: z.string(),
      uptime_seconds: z.int(),
      modules: z.array(ModuleStanding),
      /** Null if notify does not answer. */
      deliveries: z
        .object({
          since: Instant,
          delivered: z.int(),
          failed: z.int(),
          /** From acceptance to delivery, over the newest ten thousand. */
          median_seconds: z.number().nullable(),
        })
        .nullable(),
      /** Event streams of the process that answers, and the modules whose events it cannot read. */
      stream: z.object({ open: z.int(), silent: z.array(z.enum(SOURCES)) }),
    }),
  },
  selfWatch: {
    summary: 'State of the self-watch: whether a test alert passes through all modules in time',
    method: 'GET',
    path: '/api/v1/platform/self-watch',
    access: 'viewer',
    quiet: true,
    input: z.object({}),
    output: SelfWatch,
  },
  guide: {
    summary: 'Set-up steps of a new installation; a step is null if its module does not answer',
    method: 'GET',
    path: '/api/v1/guide',
    access: 'viewer',
    quiet: true,
    input: z.object({}),
    output: z.object({
      /** The first integration that sent something; `waiting` if integrations exist and none has. */
      tool: z.object({ done: z.boolean(), name: z.string().nullable(), waiting: z.boolean() }).nullable(),
      schedule: z.object({ done: z.boolean(), schedules: z.int() }).nullable(),
      /** Channel and address of a page to the caller. */
      reach: z
        .object({
          done: z.boolean(),
          email: z.string().nullable(),
          channel: z.string().nullable(),
          recipient: z.string().nullable(),
          /** Configured channels that reach people or rooms. */
          configured: z.array(z.string()),
          /** `method`: no usable contact method was ever proven to reach the caller. */
          missing: z.array(z.enum(['address', 'channel', 'method'])),
        })
        .nullable(),
      test: z.object({ done: z.boolean() }).nullable(),
    }),
  },
} as const;
