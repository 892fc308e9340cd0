import * as z from 'zod';
import { Id, InstantIn, Labels, ServiceName, SeverityIn, text } from '../../kernel/ports/values';

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

/** A report of one condition. */
export const AlertReport = z.object({
  service: ServiceName,
  severity: SeverityIn,
  message: text(2000),
  labels: Labels.default({}),
  source: z.string().max(255).default('api'),
  /** RFC 3339; empty or null means now. */
  timestamp: z.union([z.literal(''), InstantIn]).nullish(),
  /** The sender's key of the condition; without it the fingerprint is computed from the other fields. */
  dedup_key: z.string().min(1).max(255).optional(),
  annotations: Annotations.optional(),
  /** The query behind the alert, and the page of the tool that sent it; shown as links if they are http(s) URLs. */
  generator_url: z.string().max(2048).optional(),
  external_url: z.string().max(2048).optional(),
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
