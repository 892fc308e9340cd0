import * as z from 'zod';
import { blank, Id, ServiceName, SeverityIn, text, word } from '../../kernel/ports/values';
import { Incident, IncidentId, Note, STATUSES } from './shared';

/** Operations by which people change incidents. */

/** Seven days. */
const LONGEST_SNOOZE_MINUTES = 10_080;

const BulkResults = z.object({
  results: z.array(
    z.object({
      id: Id,
      done: z.boolean(),
      incident: Incident.nullable(),
      problem: z.object({ kind: z.string(), detail: z.string() }).nullable(),
    }),
  ),
});

export const commandOperations = {
  create: {
    summary: 'Open an incident by hand',
    method: 'POST',
    path: '/api/v1/incidents',
    access: 'responder',
    input: z.object({
      title: text(500),
      service: ServiceName,
      severity: SeverityIn,
      assigned_to: z.string().max(255).nullish(),
    }),
    output: Incident,
    status: 201,
  },
  bulk: {
    summary: 'Acknowledge or resolve many incidents; each one succeeds or fails on its own',
    method: 'POST',
    path: '/api/v1/incidents/bulk',
    access: 'responder',
    input: z.object({
      ids: z.array(Id).min(1).max(200),
      status: word('status', ['acknowledged', 'resolved']),
      notes: z.string().max(5000).nullish(),
    }),
    output: BulkResults,
  },
  undoBulk: {
    summary: "Undo the caller's last change of many incidents; each one succeeds or fails on its own",
    method: 'POST',
    path: '/api/v1/incidents/bulk/undo',
    access: 'responder',
    input: z.object({ ids: z.array(Id).min(1).max(200) }),
    output: BulkResults,
  },
  update: {
    summary: 'Change the status, the assignee or the severity of an incident, or add a note',
    method: 'PATCH',
    path: '/api/v1/incidents/:id',
    access: 'responder',
    input: z.object({
      id: IncidentId,
      status: word('status', STATUSES).nullish(),
      notes: z.string().max(5000).nullish(),
      assigned_to: z.string().max(255).nullish(),
      /** A higher severity ends a snooze. */
      severity: SeverityIn.nullish(),
    }),
    output: Incident,
  },
  reopen: {
    summary: 'Reopen an incident that was resolved within the last seven days; the escalation restarts at step 1',
    method: 'POST',
    path: '/api/v1/incidents/:id/reopen',
    access: 'responder',
    input: z.object({ id: IncidentId }),
    output: Incident,
  },
  unacknowledge: {
    summary: 'Withdraw the acknowledgement and end a snooze; the escalation restarts at step 1',
    method: 'POST',
    path: '/api/v1/incidents/:id/unacknowledge',
    access: 'responder',
    input: z.object({ id: IncidentId }),
    output: Incident,
  },
  undo: {
    summary:
      "Undo the caller's last change of status, assignee, severity or snooze within 60 seconds, unless something else changed",
    method: 'POST',
    path: '/api/v1/incidents/:id/undo',
    access: 'responder',
    input: z.object({ id: IncidentId }),
    output: Incident,
  },
  snooze: {
    summary: 'Pause paging for some minutes; the status stays, and the escalation restarts at step 1 afterwards',
    method: 'POST',
    path: '/api/v1/incidents/:id/snooze',
    access: 'responder',
    input: z.object({
      id: IncidentId,
      minutes: z.int().min(1).max(LONGEST_SNOOZE_MINUTES),
      reason: z.string().max(500).trim().optional(),
    }),
    output: Incident,
  },
  endSnooze: {
    summary: 'End a snooze now; the escalation restarts at step 1',
    method: 'DELETE',
    path: '/api/v1/incidents/:id/snooze',
    access: 'responder',
    input: z.object({ id: IncidentId }),
    output: Incident,
  },
  addNote: {
    summary: 'Add a note',
    method: 'POST',
    path: '/api/v1/incidents/:id/notes',
    access: 'responder',
    input: z.object({
      id: IncidentId,
      author: z.string().max(255).optional(),
      content: z
        .string()
        .max(20_000)
        .trim()
        .refine((content) => !blank(content), 'Note content cannot be empty'),
    }),
    output: Note.extend({ incident_id: Id }),
    status: 201,
  },
  linkAlert: {
    summary: 'Link an alert by hand; the same alert twice counts once',
    method: 'POST',
    path: '/api/v1/incidents/:id/link-alert',
    access: 'internal',
    input: z.object({
      id: IncidentId,
      alert_id: z.string().max(255).default('unknown'),
      fingerprint: z.string().max(64).default(''),
    }),
    output: z.object({ status: z.literal('linked'), incident_id: Id, alert_id: z.string() }),
  },
} as const;
