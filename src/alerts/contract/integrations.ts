import * as z from 'zod';
import {
  Id,
  IfMatch,
  Instant,
  idInPath,
  Labels,
  ServiceName,
  Severity,
  SeverityIn,
  text,
} from '../../kernel/ports/values';
import { FORMAT_IDS, formatsOperation } from './formats';
import { Mapping, MappingShown } from './mapping';
import { ALERT_STATUSES } from './report';

const IntegrationId = idInPath('Invalid integration ID format');

const MOST_LABELS = 10;
const MOST_WORDS = 64;
const SHORTEST_SILENCE = 60;
const LONGEST_SILENCE = 30 * 86_400;
const MOST_REQUESTS = 100_000;
const LONGEST_OVERLAP_HOURS = 720;

const LabelNames = z.array(z.string().trim().min(1).max(128)).max(MOST_LABELS);
const SeverityMap = z
  .record(z.string().trim().toLowerCase().min(1).max(64), SeverityIn)
  .refine((map) => Object.keys(map).length <= MOST_WORDS, `At most ${MOST_WORDS} words`);

/** What an administrator can set; every field is optional in a change. */
const settings = {
  name: text(255).trim(),
  /** The service of alerts whose payload names none. */
  service: ServiceName.nullable(),
  /** The team of alerts whose payload names no service: its policy pages. */
  team: z.string().trim().min(1).max(255).nullable(),
  /** Severities by the words of the source, before the usual ones. */
  severity_map: SeverityMap,
  /** Labels that name the service and the severity, in order; they come before what the format reads. */
  service_labels: LabelNames,
  severity_labels: LabelNames,
  /** False: incidents stay open when their last alert ends. */
  auto_resolve: z.boolean(),
  /** Seconds without a report after which an alert expires, if the tool sends no expiry; null means never. */
  stale_after: z.int().min(SHORTEST_SILENCE).max(LONGEST_SILENCE).nullable(),
  /** True: the end by expiry also resolves incidents that no person has acknowledged. */
  resolve_expired: z.boolean(),
  /** Requests in a minute; further ones are answered with 429. Null means any number. */
  rate_per_minute: z.int().min(1).max(MOST_REQUESTS).nullable(),
  /** How payloads are read, for formats with mappings. Null: by the usual names of fields. */
  mapping: Mapping.nullable(),
  /** The header with the time that the tool's signature covers; null if it covers the body alone. */
  signature_timestamp_header: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'Must be the name of a header')
    .nullable(),
};

/** Settings that are never returned. */
const hidden = {
  /** The secret that the tool signs its requests with, for formats with signatures. Null: requests are not signed. */
  signature_secret: z.string().min(1).max(500).nullable(),
};

export const Integration = z
  .object({
    id: Id,
    name: z.string(),
    format: z.enum(FORMAT_IDS),
    /** The first characters of the key, to distinguish keys. */
    key_prefix: z.string(),
    created_at: Instant,
    created_by: z.string(),
    last_seen_at: Instant.nullable(),
    revoked_at: Instant.nullable(),
    /** Requests that were accepted; like the other counters up to ten seconds old. */
    deliveries: z.int(),
    /** Requests that could not be read. */
    rejections: z.int(),
    /** Increases with each change; the ETag of the integration. */
    version: z.string(),
    service: z.string().nullable(),
    team: z.string().nullable(),
    severity_map: z.record(z.string(), z.string()),
    service_labels: z.array(z.string()),
    severity_labels: z.array(z.string()),
    auto_resolve: z.boolean(),
    stale_after: z.int().nullable(),
    resolve_expired: z.boolean(),
    rate_per_minute: z.int().nullable(),
    mapping: MappingShown.nullable(),
    /** True: requests without a valid signature are refused. */
    signed: z.boolean(),
    signature_timestamp_header: z.string().nullable(),
    /** The key before the last rotation, while it is still valid. */
    old_key: z.object({ key_prefix: z.string(), ends_at: Instant }).nullable(),
    /** Firing reports that were taken, and how many of them repeated an alert. */
    accepted: z.int(),
    deduplicated: z.int(),
    /** Requests beyond `rate_per_minute`. */
    rate_limited: z.int(),
    last_rejection: z.object({ at: Instant, reason: z.string() }).nullable(),
    /** The first alert that it reported; null until then. */
    first_alert_id: Id.nullable(),
  })
  .meta({ id: 'Integration' });

const WithKey = Integration.extend({
  key: z.string(),
  /** The URL to set in the tool. */
  url: z.string(),
});

/** Integrations and their formats. */
export const integrationOperations = {
  listIntegrations: {
    summary: 'Integrations, oldest first',
    method: 'GET',
    path: '/api/v1/integrations',
    access: 'viewer',
    input: z.object({}),
    output: z.object({ integrations: z.array(Integration) }),
  },
  formats: formatsOperation,
  createIntegration: {
    summary: 'Add an integration; its key is shown only in this answer',
    method: 'POST',
    path: '/api/v1/integrations',
    access: 'admin',
    input: z.object({
      ...z.object({ ...settings, ...hidden }).partial().shape,
      name: settings.name,
      format: z.enum(FORMAT_IDS).default('alertmanager'),
    }),
    output: WithKey,
    status: 201,
  },
  updateIntegration: {
    summary: 'Change settings of an integration; absent fields stay as they are',
    method: 'PATCH',
    path: '/api/v1/integrations/:id',
    access: 'admin',
    input: z.object({ id: IntegrationId, if_match: IfMatch, ...z.object({ ...settings, ...hidden }).partial().shape }),
    output: Integration,
    etag: 'version',
  },
  rotateKey: {
    summary:
      'Replace the key of an integration; the present key stays valid for some hours, the new one is shown only in this answer',
    method: 'POST',
    path: '/api/v1/integrations/:id/rotate-key',
    access: 'admin',
    input: z.object({
      id: IntegrationId,
      /** 0 ends the present key at once. */
      overlap_hours: z.int().min(0).max(LONGEST_OVERLAP_HOURS).default(24),
    }),
    output: WithKey,
  },
  revokeIntegration: {
    summary: 'Revoke an integration: its keys are refused from now on, its alerts stay',
    method: 'DELETE',
    path: '/api/v1/integrations/:id',
    access: 'admin',
    input: z.object({ id: IntegrationId }),
    output: Integration,
  },
  rejected: {
    summary: 'Payloads of an integration that could not be read in the last 24 hours, and why; the last 50 are kept',
    method: 'GET',
    path: '/api/v1/integrations/:id/rejected',
    access: 'responder',
    input: z.object({ id: IntegrationId }),
    output: z.object({
      /** `body` is the first 2 KB, with everything masked that looks like a secret. */
      rejected: z.array(z.object({ at: Instant, reason: z.string(), body: z.string() })),
    }),
  },
  sample: {
    summary: 'The latest payload of an integration whose format has mappings, for 30 days',
    method: 'GET',
    path: '/api/v1/integrations/:id/sample',
    access: 'responder',
    input: z.object({ id: IntegrationId }),
    output: z.object({
      /** `payload` is JSON, shortened to about 32 KB, with everything masked that looks like a secret. */
      sample: z.object({ at: Instant, payload: z.string() }).nullable(),
    }),
  },
  previewMapping: {
    summary: 'The alerts that a mapping reads from a payload; nothing is stored',
    method: 'POST',
    path: '/api/v1/integrations/:id/mapping/preview',
    access: 'responder',
    input: z.object({
      id: IntegrationId,
      mapping: Mapping.nullable().default(null),
      /** Any JSON; default: the latest payload of the integration. */
      payload: z.unknown().optional(),
    }),
    output: z.object({
      total: z.int(),
      /** The first 20. */
      alerts: z.array(
        z.object({
          key: z.string(),
          status: z.enum(ALERT_STATUSES),
          service: z.string(),
          severity: Severity,
          message: z.string(),
          description: z.string().nullable(),
          labels: Labels,
          links: z.array(z.object({ href: z.string(), text: z.string().nullable() })),
          timestamp: z.string().nullable(),
        }),
      ),
    }),
  },
} as const;
