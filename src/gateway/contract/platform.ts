import * as z from 'zod';
import { Instant, ModuleStatus } from '../../kernel/ports/values';
import { SOURCES } from './facts';

/** How the house stands, and what a new one still lacks. */

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

export const platformOperations = {
  servicesHealth: {
    summary: 'Whether the services behind the gateway answer',
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
    summary: 'How every module stands, what its jobs wait for, and what became of the deliveries of the last day',
    method: 'GET',
    path: '/api/v1/platform',
    access: 'viewer',
    quiet: true,
    input: z.object({}),
    output: z.object({
      at: Instant,
      /** Of the process that answers. */
      version: z.string(),
      uptime_seconds: z.int(),
      modules: z.array(ModuleStanding),
      /** Null where notify does not answer. */
      deliveries: z
        .object({
          since: Instant,
          delivered: z.int(),
          failed: z.int(),
          /** From acceptance to delivery, of the newest ten thousand. */
          median_seconds: z.number().nullable(),
        })
        .nullable(),
      /** Of the process that answers: how many listen to it, and whom it cannot hear. */
      stream: z.object({ open: z.int(), silent: z.array(z.enum(SOURCES)) }),
    }),
  },
  guide: {
    summary: 'How far a new installation is set up; a step that cannot be looked up at the moment is null',
    method: 'GET',
    path: '/api/v1/guide',
    access: 'viewer',
    quiet: true,
    input: z.object({}),
    output: z.object({
      /** The first tool that was heard of; until then whether one is waited for. */
      tool: z.object({ done: z.boolean(), name: z.string().nullable(), waiting: z.boolean() }).nullable(),
      schedule: z.object({ done: z.boolean(), schedules: z.int() }).nullable(),
      /** By which channel and address the caller would be told now. */
      reach: z
        .object({
          done: z.boolean(),
          email: z.string().nullable(),
          channel: z.string().nullable(),
          recipient: z.string().nullable(),
          /** Channels that are set up and lead somewhere. */
          configured: z.array(z.string()),
          missing: z.array(z.enum(['address', 'channel'])),
        })
        .nullable(),
      test: z.object({ done: z.boolean() }).nullable(),
    }),
  },
} as const;
