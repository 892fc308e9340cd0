import * as z from 'zod';
import { Id, InstantIn, Labels, ServiceName, SeverityIn, text } from '../../kernel/ports/values';

const MOST_ANNOTATIONS = 32;
const ANNOTATIONS_BYTES = 16 * 1024;

/** What a source says beside message and labels, such as `description` or `runbook_url`. */
const Annotations = z
  .record(z.string().min(1).max(128), z.string().max(4096))
  .refine((all) => Object.keys(all).length <= MOST_ANNOTATIONS, `At most ${MOST_ANNOTATIONS} annotations`)
  .refine(
    (all) => new TextEncoder().encode(JSON.stringify(all)).length <= ANNOTATIONS_BYTES,
    'At most 16 KiB of annotations in all',
  );

/** What a sender says of one condition. */
export const AlertReport = z.object({
  service: ServiceName,
  severity: SeverityIn,
  message: text(2000),
  labels: Labels.default({}),
  source: z.string().max(255).default('api'),
  /** RFC 3339; empty or null means now. */
  timestamp: z.union([z.literal(''), InstantIn]).nullish(),
  /** Replaces the fingerprint's own recipe: the sender's name for the condition. */
  dedup_key: z.string().min(1).max(255).optional(),
  annotations: Annotations.optional(),
  /** The query behind the alert, and the page of the tool that sent it; shown as links if they are http(s) URLs. */
  generator_url: z.string().max(2048).optional(),
  external_url: z.string().max(2048).optional(),
});
export type AlertReport = z.output<typeof AlertReport>;

export const Accepted = z
  .object({
    alert_id: Id,
    /** Null while incidents could not be asked in time; the incident follows by itself. */
    incident_id: Id.nullable(),
    fingerprint: z.string(),
    status: z.literal('accepted'),
    action: z.enum(['new_incident', 'existing_incident']),
    deduplicated: z.boolean(),
  })
  .meta({ id: 'Accepted' });
export type Accepted = z.infer<typeof Accepted>;
