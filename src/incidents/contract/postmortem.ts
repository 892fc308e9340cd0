import * as z from 'zod';
import { ActorKind, blank, Id, Instant } from '../../kernel/ports/values';
import { IncidentId } from './shared';

/** The post-mortem of an incident: each save adds a version; a save is refused if another one came in between. */

/** Characters. */
const LONGEST_POSTMORTEM = 65_536;
const NO_VERSION = 'Invalid version: give a whole number from 1';

const Saved = z.object({
  version: z.int(),
  /** The user or key that saved it. */
  author: z.string(),
  author_kind: ActorKind,
  saved_at: Instant,
});

const PostmortemVersion = Saved.extend({ incident_id: Id, text: z.string() }).meta({ id: 'PostmortemVersion' });

export const postmortemOperations = {
  postmortem: {
    summary: 'The latest version of the post-mortem; version 0 without text if none is saved',
    method: 'GET',
    path: '/api/v1/incidents/:id/postmortem',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: z
      .object({
        incident_id: Id,
        version: z.int(),
        text: z.string().nullable(),
        author: z.string().nullable(),
        author_kind: ActorKind,
        saved_at: Instant.nullable(),
      })
      .meta({ id: 'Postmortem' }),
  },
  postmortemVersions: {
    summary: 'The versions of the post-mortem without their text, newest first; the first and the newest 199 are kept',
    method: 'GET',
    path: '/api/v1/incidents/:id/postmortem/versions',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: z.object({ incident_id: Id, versions: z.array(Saved) }),
  },
  postmortemVersion: {
    summary: 'One version of the post-mortem with its text',
    method: 'GET',
    path: '/api/v1/incidents/:id/postmortem/versions/:version',
    access: 'viewer',
    input: z.object({
      id: IncidentId,
      version: z.coerce
        .number<number>({ error: NO_VERSION })
        .int(NO_VERSION)
        .min(1, NO_VERSION)
        .max(999_999_999, NO_VERSION),
    }),
    output: PostmortemVersion,
  },
  savePostmortem: {
    summary:
      'Save the post-mortem as a new version; 409 with the author of the latest version if `version` is older; saving the same text again changes nothing',
    method: 'PUT',
    path: '/api/v1/incidents/:id/postmortem',
    access: 'responder',
    input: z.object({
      id: IncidentId,
      text: z
        .string()
        .max(LONGEST_POSTMORTEM, `Must be at most ${LONGEST_POSTMORTEM} characters`)
        .refine((value) => !blank(value), 'Must not be blank'),
      /** The version that the text was written from; 0 for the first. */
      version: z.int().min(0).max(999_999_999),
    }),
    output: PostmortemVersion,
  },
} as const;
