import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant, SourceLinks } from '../../kernel/ports/values';
import { IncidentView, NotifiedTarget, OUTCOMES, Target } from './shared';

/** Operations that only modules call: notify, preview and cancel. */
export const internalOperations = defineContract({
  tell: {
    summary: 'Notify people and rooms of an incident; the same key is the same command',
    method: 'POST',
    path: '/internal/notify/tell',
    access: 'internal',
    quiet: true,
    input: z.object({
      key: z.string().min(1).max(200),
      incident_id: z.string().min(1).max(255),
      message: z.string().min(1).max(5000),
      severity: z.string().max(20).nullable(),
      /** Links of the alert's source, as buttons beside ours. */
      links: SourceLinks.default([]),
      /** The state of the incident now. */
      incident: IncidentView.optional(),
      /** A shift of the recipient as iCalendar text, for channels that attach files. */
      calendar: z.string().max(10_000).optional(),
      /** People get signed links to view and to acknowledge; rooms get only the link to view. */
      to: z.array(Target).min(1).max(500),
      /** A notice goes out once by the rules of low urgency, and no quiet hours hold it. */
      notice: z.boolean().optional(),
      /** The caller runs the step again at the end of quiet hours if they hold all of its people. */
      step_waits: z.boolean().optional(),
    }),
    output: z.object({ told: z.array(NotifiedTarget) }),
  },
  showIncident: {
    summary: 'Update the messages in place that show an incident; an older state changes nothing',
    method: 'POST',
    path: '/internal/notify/show',
    access: 'internal',
    quiet: true,
    input: z.object({
      incident_id: z.string().min(1).max(255),
      /** The text that a message sent now would have. */
      message: z.string().min(1).max(5000),
      severity: z.string().max(20).nullable(),
      incident: IncidentView.required({ changed_at: true }),
    }),
    output: z.object({}),
  },
  tellOutcome: {
    summary:
      'Notify the addresses that were notified of an incident who acknowledged or resolved it; the same key is the same command',
    method: 'POST',
    path: '/internal/notify/outcome',
    access: 'internal',
    quiet: true,
    input: z.object({
      key: z.string().min(1).max(150),
      incident_id: z.string().min(1).max(255),
      outcome: z.enum(OUTCOMES),
      message: z.string().min(1).max(5000),
      severity: z.string().max(20).nullable(),
      /** E-mail addresses of the person who acted, who gets no notice. */
      except: z.array(z.string().max(255)).max(5),
    }),
    output: z.object({}),
  },
  wouldTell: {
    summary: 'Preview the channel and address of each target, without notifying it',
    method: 'POST',
    path: '/internal/notify/would-tell',
    access: 'internal',
    quiet: true,
    bodyLimit: 1024 * 1024,
    input: z.object({
      to: z.array(Target).min(1).max(5_000),
      /** Decides the rules and whether quiet hours hold a page; high if absent. */
      severity: z.string().max(20).nullable().optional(),
      at: Instant.optional(),
    }),
    output: z.object({ told: z.array(NotifiedTarget.omit({ notification_id: true })) }),
  },
  cancel: {
    summary: 'Cancel the queued notifications of an incident, because a person has it; later pages stay',
    method: 'POST',
    path: '/internal/notify/cancel',
    access: 'internal',
    input: z.object({
      incident_id: z.string().min(1).max(255),
      reason: z.string().min(1).max(100),
      /** When the person took it: a cancel that arrives late must not cancel later pages. */
      told_before: Instant.optional(),
      /** Only the pages of this person, by address; others must still answer. */
      person: z.string().max(255).optional(),
      /** Only the notices of this outcome, which was taken back; also those that are not stored yet. */
      outcome: z.enum(OUTCOMES).optional(),
      /** Sent once to every address that a notice of these outcomes went out to before `told_before`. */
      correction: z
        .object({
          key: z.string().min(1).max(150),
          outcomes: z.array(z.enum(OUTCOMES)).min(1),
          message: z.string().min(1).max(5000),
          severity: z.string().max(20).nullable(),
          /** E-mail addresses of the person who took it back. */
          except: z.array(z.string().max(255)).max(5),
        })
        .optional(),
    }),
    output: z.object({ cancelled: z.int() }),
  },
});
