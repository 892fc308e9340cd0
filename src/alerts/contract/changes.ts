import * as z from 'zod';
import { Id, Instant, InstantIn, paged, pageOf } from '../../kernel/ports/values';

/** A change of a system, such as a deployment. It notifies no one. */
export const Change = z
  .object({
    id: Id,
    integration_id: Id,
    service: z.string(),
    summary: z.string(),
    source: z.string().describe('What reported the change, such as a build server'),
    at: Instant.describe('By the clock of the source; the time of receipt if the source sent none'),
    received_at: Instant,
    links: z.array(z.object({ text: z.string(), url: z.string() })),
    details: z.record(z.string(), z.string()),
    reported_by: z.string().describe('Name of the integration'),
  })
  .meta({ id: 'Change' });
export type Change = z.infer<typeof Change>;

/** Reading changes. */
export const changeOperations = {
  listChanges: {
    summary: 'Changes that tools reported, such as deployments, newest first; kept for 90 days',
    method: 'GET',
    path: '/api/v1/changes',
    access: 'viewer',
    input: paged({
      service: z.string().max(255).trim().toLowerCase().optional(),
      /** At or after `from` and before `to`. */
      from: InstantIn.optional(),
      to: InstantIn.optional(),
    }),
    output: pageOf('changes', Change),
  },
} as const;
