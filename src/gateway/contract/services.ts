import * as z from 'zod';
import { paged, pageOf, ServiceName } from '../../kernel/ports/values';

/** Every service that any module has seen. */

const Counts = z.object({ last_7d: z.int(), last_30d: z.int() });

export const SeenService = z
  .object({
    service: z.string(),
    /** The team that its incidents page; null if there is none. */
    team: z.string().nullable(),
    /** `registry`: set by a person. `name`: a team has the service's own name. `default`: DEFAULT_TEAM. */
    owned_by: z.enum(['registry', 'name', 'default']).nullable(),
    /** Whether that team has a schedule: without one nobody is paged. */
    has_schedule: z.boolean(),
    /** Not resolved. */
    open_incidents: z.int(),
    unacknowledged_incidents: z.int(),
    incidents: Counts,
    alerts: Counts,
  })
  .meta({ id: 'SeenService' });
export type SeenService = z.infer<typeof SeenService>;

export const serviceOperations = {
  seenServices: {
    summary: 'Every service that alerts, incidents or the registry know, those that page nobody first; up to 50,000',
    method: 'GET',
    path: '/api/v1/services/seen',
    access: 'viewer',
    input: paged({
      /** Part of the name of a service or of its owner. */
      q: z.string().max(200).trim().toLowerCase().default(''),
      /** This service alone. */
      service: ServiceName.optional(),
    }),
    output: pageOf('services', SeenService).extend({
      /** How many of all that match page nobody. */
      unowned: z.int(),
      /** Whether more services match than are listed. */
      truncated: z.boolean(),
    }),
  },
} as const;
