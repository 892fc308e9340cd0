import * as z from 'zod';
import { Id, Instant, idInPath, text } from '../../kernel/ports/values';
import { FORMAT_IDS, formatsOperation } from './formats';

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
    /** Requests that were accepted; up to ten seconds old. */
    deliveries: z.int(),
    /** Requests that could not be read. */
    rejections: z.int(),
  })
  .meta({ id: 'Integration' });

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
    input: z.object({ name: text(255).trim(), format: z.enum(FORMAT_IDS).default('alertmanager') }),
    output: Integration.extend({
      key: z.string(),
      /** The URL to set in the tool. */
      url: z.string(),
    }),
    status: 201,
  },
  revokeIntegration: {
    summary: 'Revoke an integration: its key is refused from now on, its alerts stay',
    method: 'DELETE',
    path: '/api/v1/integrations/:id',
    access: 'admin',
    input: z.object({ id: idInPath('Invalid integration ID format') }),
    output: Integration,
  },
  rejected: {
    summary: 'The latest payloads of an integration that could not be read, and why',
    method: 'GET',
    path: '/api/v1/integrations/:id/rejected',
    access: 'responder',
    input: z.object({ id: idInPath('Invalid integration ID format') }),
    output: z.object({
      /** `body` is the first 2 KB, with everything masked that looks like a secret. */
      rejected: z.array(z.object({ at: Instant, reason: z.string(), body: z.string() })),
    }),
  },
} as const;
