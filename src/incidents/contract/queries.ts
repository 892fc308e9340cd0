import * as z from 'zod';
import {
  Id,
  Instant,
  InstantIn,
  paged,
  pageOf,
  ServiceName,
  SeverityIn,
  TimeZone,
  word,
} from '../../kernel/ports/values';
import { filter, Incident, IncidentId, LinkedAlert, Note, STATUSES, TimelineEntry } from './shared';

/** Operations that read: lists, one incident, and analytics. */

/** The sort orders of the list; see `SORTED_BY` in the store. */
export const SORTS = ['created_at', 'updated_at', 'severity', 'status', 'reach', 'urgency'] as const;

/** Seconds; null without an incident to measure. */
const Times = z.object({ median: z.number().nullable(), p90: z.number().nullable() });

const Totals = z.object({ incidents: z.int(), resolved: z.int(), mtta: Times, mttr: Times });

const ByStatus = z.object({ open: z.int(), acknowledged: z.int(), in_progress: z.int(), resolved: z.int() });

const Shares = Totals.extend({
  by_status: ByStatus,
  by_severity: z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() }),
});

export const queryOperations = {
  list: {
    summary: 'List incidents, newest first by default; status and severity take several values, separated by commas',
    method: 'GET',
    path: '/api/v1/incidents',
    access: 'viewer',
    input: paged({
      status: filter,
      severity: filter,
      /** Several values, separated by commas. */
      reach: filter,
      service: filter,
      team: z.string().max(255).optional(),
      /** A name or an e-mail address. */
      assigned_to: z.string().max(255).optional(),
      /** Only incidents that are assigned to the caller. */
      mine: z.enum(['true', 'false']).optional(),
      /** Created at or after `from` and before `to`. */
      from: InstantIn.optional(),
      to: InstantIn.optional(),
      /** Prefixes of words in title, service, assignee or team, or the prefix of an id. */
      q: z.string().max(200).trim().optional(),
      sort: word('sort', SORTS).default('created_at'),
      order: word('order', ['asc', 'desc']).default('desc'),
    }),
    output: pageOf('incidents', Incident).extend({
      /** Counts of all incidents that match; the status filter does not narrow them. */
      counts: ByStatus,
    }),
  },
  statsSummary: {
    summary: 'Count incidents by status, with the mean times to acknowledge and to resolve, over all incidents',
    method: 'GET',
    path: '/api/v1/incidents/stats/summary',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      open: z.int(),
      acknowledged: z.int(),
      in_progress: z.int(),
      resolved: z.int(),
      avg_mtta_seconds: z.number().nullable(),
      avg_mttr_seconds: z.number().nullable(),
    }),
  },
  analytics: {
    summary:
      'Analytics of the incidents in a time range, compared with the range before; format=csv returns the incidents or the days as a file',
    method: 'GET',
    path: '/api/v1/analytics/incidents',
    access: 'viewer',
    input: z.object({
      /** Created at or after `from` and before `to`; the last thirty days by default. */
      from: InstantIn.optional(),
      to: InstantIn.optional(),
      /** The time zone of the days and hours. */
      time_zone: TimeZone.default('UTC'),
      service: filter,
      team: z.string().max(255).optional(),
      severity: filter,
      format: z.enum(['json', 'csv']).default('json'),
      /** The rows of the CSV file. */
      table: z.enum(['incidents', 'days']).default('incidents'),
    }),
    output: z.object({
      from: Instant,
      to: Instant,
      time_zone: z.string(),
      totals: Shares,
      previous: Shares.extend({ from: Instant, to: Instant }),
      days: z.array(Shares.extend({ day: z.string() })),
      /** The service with the most incidents first. */
      by_service: z.array(Totals.extend({ service: z.string(), alerts: z.int() })),
      /** Incidents opened in each hour of the week: seven days from Monday, twenty-four hours each. */
      hours: z.array(z.array(z.int())),
    }),
  },
  findOpen: {
    summary: 'Find the unresolved incident that an alert of this service and severity would join',
    method: 'GET',
    path: '/api/v1/incidents/find-open',
    access: 'viewer',
    input: z.object({
      service: ServiceName,
      severity: SeverityIn,
      window_minutes: z.coerce.number<number>().int().min(1).max(525_600).default(5),
    }),
    output: z.object({ incident_id: Id.nullable() }),
  },
  get: {
    summary: 'Get one incident with its alerts, notes and timeline',
    method: 'GET',
    path: '/api/v1/incidents/:id',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: Incident.extend({
      /** The newest 200; `alerts_total` counts all. */
      alerts: z.array(LinkedAlert),
      alerts_total: z.int(),
      alerts_firing: z
        .int()
        .describe('Alerts that still fire at their source, including those of an incident that a person resolved'),
      notes: z.array(Note),
      timeline: z.array(TimelineEntry),
    }),
  },
  metrics: {
    summary: 'Get when an incident was acknowledged and resolved, and how long both took',
    method: 'GET',
    path: '/api/v1/incidents/:id/metrics',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: z.object({
      incident_id: Id,
      mtta_seconds: z.number().nullable(),
      mttr_seconds: z.number().nullable(),
      status: z.enum(STATUSES),
      created_at: Instant,
      acknowledged_at: Instant.nullable(),
      resolved_at: Instant.nullable(),
    }),
  },
  timeline: {
    summary: 'List the timeline of an incident, oldest entry first',
    method: 'GET',
    path: '/api/v1/incidents/:id/timeline',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: z.object({ incident_id: Id, total: z.int(), timeline: z.array(TimelineEntry) }),
  },
} as const;
