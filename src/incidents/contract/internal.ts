import * as z from 'zod';
import { Id, Instant } from '../../kernel/ports/values';
import { AlertGroup, AlertSnapshot } from './shared';

/** What the module above tells: alerts that belong to incidents, and alerts that ended. */

export const internalOperations = {
  attach: {
    summary: 'Attach alerts to incidents, opening those that are missing; repeating it changes nothing',
    method: 'POST',
    path: '/internal/incidents/attach',
    access: 'internal',
    quiet: true,
    bodyLimit: 8 * 1024 * 1024,
    inputIsBuilt: true,
    outputIsBuilt: true,
    input: z.object({ alerts: z.array(AlertSnapshot).min(1).max(1000) }),
    output: z.object({
      results: z.array(
        z.object({
          alert_id: Id,
          incident_id: Id,
          /** `ended`: this alert's incident is resolved; the condition must come back as a new alert. */
          result: z.enum(['new_incident', 'existing_incident', 'ended']),
        }),
      ),
    }),
  },
  reportGroup: {
    summary: 'How many alerts of a group its source holds back now: none lets incidents end of which no alert fires',
    method: 'POST',
    path: '/internal/incidents/report-group',
    access: 'internal',
    input: AlertGroup.extend({ alerts: z.array(Id).max(1000) }),
    output: z.object({
      /** These alerts are not attached (yet). */
      unknown: z.array(Id),
    }),
  },
  alertsEnded: {
    summary:
      'These alerts stopped firing; an incident whose last firing alert ends is resolved. Repeating it changes nothing',
    method: 'POST',
    path: '/internal/incidents/alerts-ended',
    access: 'internal',
    bodyLimit: 1024 * 1024,
    input: z.object({
      alerts: z
        .array(
          z.object({
            alert_id: Id,
            ended_at: Instant,
            /** The condition goes on as another alert: the incident of this one is not resolved by its end. */
            replaced: z.boolean().optional(),
          }),
        )
        .min(1)
        .max(1000),
      /** The group whose delivery ended them, if it hides alerts: their incidents stay open. */
      group: AlertGroup.optional(),
    }),
    output: z.object({
      results: z.array(
        z.object({
          alert_id: Id,
          /** Null: not attached (yet). */
          incident_id: Id.nullable(),
          incident_resolved: z.boolean(),
        }),
      ),
    }),
  },
} as const;
