import * as z from 'zod';
import {
  Id,
  Instant,
  InstantIn,
  idInPath,
  paged,
  pageOf,
  ServiceName,
  TimeZone,
  text,
  word,
} from '../../kernel/ports/values';
import { MatcherList } from './matchers';
import { MUTE_STATES } from './silences';

/** Longest occurrence: a week. */
const LONGEST_MINUTES = 10_080;

/** When a window repeats. */
const Recurrence = z.object({
  rrule: z
    .string()
    .min(1)
    .max(500)
    .describe('RFC 5545 with FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST'),
  time_zone: TimeZone,
  starts_at: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$/, 'Must be a local time, such as 2026-03-01T02:00')
    .refine((local) => local < '9000', 'Must be before the year 9000')
    .describe('Local time of the first occurrence'),
  duration_minutes: z.int().min(1).max(LONGEST_MINUTES),
});

const Occurrence = z.object({ starts_at: Instant, ends_at: Instant });

/** A planned span, or a recurrence, in which alerts are muted. */
export const MaintenanceWindow = z
  .object({
    id: Id,
    name: z.string(),
    /** `active` while an occurrence runs, `expired` if none follows. */
    state: z.enum(MUTE_STATES),
    services: z.array(z.string()),
    matchers: MatcherList,
    /** The span; null for a recurrence. */
    span: Occurrence.nullable(),
    recurrence: Recurrence.nullable(),
    /** The occurrence that runs now, or the next one; null if none follows. */
    next: Occurrence.nullable(),
    created_at: Instant,
    created_by: z.string(),
    updated_at: Instant,
    updated_by: z.string(),
    /** Firing alerts that it mutes now; counted to 1,000. */
    muted_alerts: z.int(),
  })
  .meta({ id: 'MaintenanceWindow' });
export type MaintenanceWindow = z.infer<typeof MaintenanceWindow>;

const id = idInPath('Invalid maintenance window ID format');

const WindowIn = {
  name: text(255).trim(),
  /** An alert of any of these services is muted, if all matchers match too. */
  services: z.array(ServiceName).max(100).default([]),
  matchers: MatcherList.default([]),
  /** Give `span` or `recurrence`. */
  span: z.object({ starts_at: InstantIn, ends_at: InstantIn }).optional(),
  recurrence: Recurrence.optional(),
};

/** Maintenance windows: planned times in which alerts are muted. */
export const maintenanceOperations = {
  listMaintenanceWindows: {
    summary: 'Maintenance windows: active ones first, then pending, then expired ones of the last 30 days',
    method: 'GET',
    path: '/api/v1/maintenance-windows',
    access: 'viewer',
    input: paged({ state: word('state', MUTE_STATES).optional() }),
    output: pageOf('windows', MaintenanceWindow),
  },
  getMaintenanceWindow: {
    summary: 'One maintenance window',
    method: 'GET',
    path: '/api/v1/maintenance-windows/:id',
    access: 'viewer',
    input: z.object({ id }),
    output: MaintenanceWindow,
  },
  createMaintenanceWindow: {
    summary: 'Plan a maintenance window for services or matchers, once or repeating',
    method: 'POST',
    path: '/api/v1/maintenance-windows',
    access: 'responder',
    input: z.object(WindowIn),
    output: MaintenanceWindow,
    status: 201,
  },
  updateMaintenanceWindow: {
    summary: 'Change a maintenance window; alerts that it no longer mutes are released and page',
    method: 'PUT',
    path: '/api/v1/maintenance-windows/:id',
    access: 'responder',
    input: z.object({ id, ...WindowIn }),
    output: MaintenanceWindow,
  },
  deleteMaintenanceWindow: {
    summary: 'Delete a maintenance window; alerts that it mutes are released and page',
    method: 'DELETE',
    path: '/api/v1/maintenance-windows/:id',
    access: 'responder',
    input: z.object({ id }),
    output: z.object({ id: Id }),
  },
  previewMaintenance: {
    summary: 'The next ten occurrences of a recurrence; nothing is stored',
    method: 'POST',
    path: '/api/v1/maintenance-windows/preview',
    access: 'viewer',
    input: z.object(Recurrence.shape),
    output: z.object({ occurrences: z.array(Occurrence) }),
  },
} as const;
