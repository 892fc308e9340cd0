import * as z from 'zod';
import { Id, Instant, Severity } from '../../kernel/ports/values';
import { AlertGroup, AlertRouting, AlertSnapshot } from './shared';

/** Operations that the alerts module calls: attach alerts to incidents, and report that alerts ended. */

export const internalOperations = {
  attach: {
    summary: 'Attach alerts to incidents, and open those that are missing; a repeated call changes nothing',
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
          /** `ended`: the incident of this alert is resolved, so the condition must be reported as a new alert. */
          result: z.enum(['new_incident', 'existing_incident', 'ended']),
        }),
      ),
    }),
  },
  foreseeAttach: {
    summary:
      'The incident that each of some reports would join, and the team and the policy that it pages; changes nothing',
    method: 'POST',
    path: '/internal/incidents/foresee-attach',
    access: 'internal',
    quiet: true,
    input: z.object({
      alerts: z
        .array(
          z.object({
            service: z.string().max(255),
            severity: Severity,
            routing: AlertRouting.optional(),
            /** The incident of the alert, if it fires already. */
            incident_id: Id.nullable(),
          }),
        )
        .min(1)
        .max(200),
    }),
    output: z.object({
      /** One for each alert, in their order. */
      results: z.array(
        z.object({
          /** Null: a new incident. */
          incident_id: Id.nullable(),
          team: z.string().nullable(),
          /** The team whose policy pages; null if no one is paged. */
          policy: z.string().nullable(),
        }),
      ),
    }),
  },
  flappingEnded: {
    summary:
      'Report identities that flap no longer; their incidents are resolved unless an alert fires. A repeated call changes nothing',
    method: 'POST',
    path: '/internal/incidents/flapping-ended',
    access: 'internal',
    input: z.object({ fingerprints: z.array(z.string().max(64)).min(1).max(1000) }),
    output: z.object({ incidents: z.array(Id) }),
  },
  reportGroup: {
    summary:
      'Report how many alerts of a group its source withholds now; 0 resolves the incidents in which no alert fires',
    method: 'POST',
    path: '/internal/incidents/report-group',
    access: 'internal',
    input: AlertGroup.extend({ alerts: z.array(Id).max(1000) }),
    output: z.object({
      /** Alerts that are not attached (yet). */
      unknown: z.array(Id),
    }),
  },
  alertsAcknowledged: {
    summary:
      'Report alerts that a tool acknowledged; an incident is acknowledged if the alert is its only firing one. A repeated call changes nothing',
    method: 'POST',
    path: '/internal/incidents/alerts-acknowledged',
    access: 'internal',
    input: z.object({
      alerts: z.array(Id).min(1).max(1000),
      /** When the acknowledgement arrived. */
      at: Instant,
    }),
    output: z.object({
      results: z.array(
        z.object({
          alert_id: Id,
          /** Null: not attached (yet). */
          incident_id: Id.nullable(),
          incident_acknowledged: z.boolean(),
        }),
      ),
    }),
  },
  alertsEnded: {
    summary:
      'Report alerts that stopped firing; an incident is resolved when its last firing alert ends. A repeated call changes nothing',
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
            /** The condition continues as another alert: the end of this one does not resolve its incident. */
            replaced: z.boolean().optional(),
            /** The source did not report the end: when it reported the alert last. */
            silent_since: Instant.optional(),
            /** The end leaves the incident open: always, or unless a person has acknowledged it. */
            keeps_open: z.enum(['always', 'unless_acknowledged']).optional(),
            /** The fingerprint of an alert whose identity flaps: its end does not resolve the incident. */
            flapping: z.string().max(64).optional(),
          }),
        )
        .min(1)
        .max(1000),
      /** The group whose delivery ended these alerts, if it withholds others: the incidents stay open. */
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
