import * as z from 'zod';
import { Id, Instant } from '../../kernel/ports/values';
import { STATUSES } from './shared';

/** Operations that the alerts module calls for a tool that acts on the incidents of its alerts. */

/** Seven days. */
const LONGEST_SNOOZE_MINUTES = 10_080;

export const sourceOperations = {
  actForAlert: {
    summary: 'Change the incident of an alert for the tool that reported it, if no other alert of the incident fires',
    method: 'POST',
    path: '/internal/incidents/act-for-alert',
    access: 'internal',
    input: z.object({
      alert_id: Id,
      act: z.enum(['snooze', 'assign', 'escalate', 'unacknowledge']),
      /** For `snooze`. */
      minutes: z.int().min(1).max(LONGEST_SNOOZE_MINUTES).optional(),
      /** For `assign`: a name or an e-mail address. */
      assignee: z.string().min(1).max(255).optional(),
      reason: z.string().min(1).max(500).optional(),
    }),
    output: z.object({
      /** Null: not attached (yet). */
      incident_id: Id.nullable(),
      /**
       * `shared`: another alert of the incident fires, or its source withholds alerts. `refused`: the incident does not
       * allow it in its status, or the assignee is ambiguous; `detail` has the reason.
       */
      result: z.enum(['done', 'shared', 'refused', 'not_attached']),
      detail: z.string().nullable(),
    }),
  },
  states: {
    summary: 'The status, assignee, acknowledgement and snooze of some incidents; unknown ids are left out',
    method: 'POST',
    path: '/internal/incidents/states',
    access: 'internal',
    quiet: true,
    input: z.object({ ids: z.array(Id).min(1).max(200) }),
    output: z.object({
      incidents: z.array(
        z.object({
          id: Id,
          status: z.enum(STATUSES),
          assigned_to: z.string().nullable(),
          acknowledged_at: Instant.nullable(),
          resolved_at: Instant.nullable(),
          snoozed_until: Instant.nullable(),
        }),
      ),
    }),
  },
} as const;
