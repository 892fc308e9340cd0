import * as z from 'zod';
import { paged, pageOf, ServiceName } from '../../kernel/ports/values';

/** The services of all modules. */

const Counts = z.object({ last_7d: z.int(), last_30d: z.int() });

export const SeenService = z
  .object({
    service: z.string(),
    /** The team that its incidents page; null if there is none. */
    team: z.string().nullable(),
    /** `registry`: set by a person. `name`: a team has the service's own name. `default`: DEFAULT_TEAM. */
    owned_by: z.enum(['registry', 'name', 'default']).nullable(),
    /** Whether that team has a schedule. Without one its incidents page no one. */
    has_schedule: z.boolean(),
    /** Incidents that are not resolved. */
    open_incidents: z.int(),
    unacknowledged_incidents: z.int(),
    incidents: Counts,
    alerts: Counts,
  })
  .meta({ id: 'SeenService' });
export type SeenService = z.infer<typeof SeenService>;

export const serviceOperations = {
  seenServices: {
    summary: 'Every service of alerts, incidents or the registry, those that page no one first; up to 50,000',
    method: 'GET',
    path: '/api/v1/services/seen',
    access: 'viewer',
    input: paged({
      /** Text in the name of a service or of its owner. */
      q: z.string().max(200).trim().toLowerCase().default(''),
      /** Only this service. */
      service: ServiceName.optional(),
    }),
    output: pageOf('services', SeenService).extend({
      /** How many of the matching services page no one. */
      unowned: z.int(),
      /** Whether more services match than are listed. */
      truncated: z.boolean(),
    }),
  },
} as const;
