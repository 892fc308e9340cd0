import * as z from 'zod';
import { Id, InstantIn, Labels, LONGEST_LINK, ServiceName, SeverityIn, text, word } from '../../kernel/ports/values';

const MOST_ANNOTATIONS = 32;
const ANNOTATIONS_BYTES = 16 * 1024;

/** Texts in addition to message and labels, such as `description` or `runbook_url`. */
const Annotations = z
  .record(z.string().min(1).max(128), z.string().max(4096))
  .refine((all) => Object.keys(all).length <= MOST_ANNOTATIONS, `At most ${MOST_ANNOTATIONS} annotations`)
  .refine(
    (all) => new TextEncoder().encode(JSON.stringify(all)).length <= ANNOTATIONS_BYTES,
    'At most 16 KiB of annotations in all',
  );

/** Links and images of one report. */
const MOST_OF_A_KIND = 8;
const Link = z.string().max(LONGEST_LINK);
const Caption = z.string().max(255).optional();

/** The state of a condition in a report. `resolved` ends its alert; an `acknowledged` condition still fires. */
export const ALERT_STATUSES = ['firing', 'resolved', 'acknowledged'] as const;

/** A report of one condition. */
export const AlertReport = z.object({
  service: ServiceName,
  severity: SeverityIn,
  message: text(2000),
  labels: Labels.default({}),
  source: z.string().max(255).default('api'),
  /** RFC 3339; empty or null means now. */
  timestamp: z.union([z.literal(''), InstantIn]).nullish(),
  dedup_key: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      "The sender's key of the condition. It alone identifies the alert: a report of the same key from another service is a re-report. Without it the fingerprint is computed from the other fields",
    ),
  annotations: Annotations.optional(),
  /** The query behind the alert, and the page of the tool that sent it; shown as links if they are http(s) URLs. */
  generator_url: z.string().max(2048).optional(),
  external_url: z.string().max(2048).optional(),
  /** Shown like the links above, if they are http(s) URLs. */
  links: z
    .array(z.object({ href: Link, text: Caption }))
    .max(MOST_OF_A_KIND)
    .optional(),
  images: z
    .array(z.object({ src: Link, href: Link.optional(), alt: Caption }))
    .max(MOST_OF_A_KIND)
    .optional(),
  /** `resolved` and `acknowledged` change the firing alert of the same `dedup_key`, or of the same fields without one. */
  status: word('status', ALERT_STATUSES).optional(),
  /** If the condition is not reported again by then, its alert ends as expired; empty or null means never. */
  expires_at: z.union([z.literal(''), InstantIn]).nullish(),
});
export type AlertReport = z.output<typeof AlertReport>;

/** The answer to a report. */
export const Accepted = z
  .object({
    alert_id: Id,
    /** Null if incidents did not answer in time; the alert is attached later. */
    incident_id: Id.nullable(),
    fingerprint: z.string(),
    status: z.literal('accepted'),
    action: z.enum(['new_incident', 'existing_incident']),
    deduplicated: z.boolean(),
  })
  .meta({ id: 'Accepted' });
export type Accepted = z.infer<typeof Accepted>;

/**
 * The answer to a report that reaches no incident: its alert is muted or held, a rule drops it, it ends or acknowledges an alert, or
 * it changes nothing.
 */
export const Noted = z
  .object({
    /** Null if no alert of the condition is stored, and if a rule drops the report. */
    alert_id: Id.nullable(),
    incident_id: Id.nullable(),
    fingerprint: z.string(),
    status: z.literal('accepted'),
    action: z.enum(['none', 'resolved', 'acknowledged']),
    deduplicated: z.boolean(),
    /**
     * Why there is no incident: `silenced_by:<id>`, `maintenance:<id>`, `affected_by:<id of the incident>`, `held`,
     * `dropped_by:<id of the rule>`, or `not_firing` if no alert of the condition fires. Null if the report ended or
     * acknowledged an alert.
     */
    reason: z.string().nullable(),
  })
  .meta({ id: 'Noted' });
export type Noted = z.infer<typeof Noted>;
