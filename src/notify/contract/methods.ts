import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Email, Id, Instant, idInPath, word } from '../../kernel/ports/values';
import { CHANNELS } from './channels';
import { NotificationSummary } from './shared';

/** Contact methods: the addresses of people on channels. A person manages their own; an administrator those of all. */

export const METHOD_STATES = ['unverified', 'verified', 'failing', 'disabled'] as const;
/** Most contact methods of one person. */
export const MOST_METHODS = 20;
/** Longest address of a contact method; that of a browser is the longest. */
export const LONGEST_ADDRESS = 1_500;
/** Why a contact method is not used. */
export const UNUSABLE = ['unverified', 'disabled', 'stopped', 'not_configured', 'invalid_recipient'] as const;

export const ContactMethod = z
  .object({
    id: Id,
    /** The e-mail address that identifies the person. */
    person: z.string(),
    channel: z.enum(CHANNELS),
    /** Shortened, unless it is the caller's own or the caller is an administrator. */
    address: z.string(),
    label: z.string(),
    /** `failing` is still tried; `disabled` is not. */
    state: z.enum(METHOD_STATES),
    /** From 0, in the order that the person chose. */
    position: z.int(),
    /** How the owner proves it: `code` through the method, or `device`, which confirms it by itself. */
    proof: z.enum(['code', 'device']),
    /** Whether pages use it. */
    usable: z.boolean(),
    /** Why pages do not use it; null if they do. */
    unusable_because: z.enum(UNUSABLE).nullable(),
    verified_at: Instant.nullable(),
    last_delivered_at: Instant.nullable(),
    last_answered_at: Instant.nullable(),
    /** The reason of the latest failure; null after a success. */
    last_error: z.string().nullable(),
    /** The first permanent failure since the latest success. */
    on_failure_since: Instant.nullable(),
    created_at: Instant,
    created_by: z.string(),
  })
  .meta({ id: 'ContactMethod' });

/** The result of sending a code through a contact method. */
const CodeSent = z.object({
  sent: z.boolean(),
  /** Why it was not sent, in the words of the provider or ours. */
  reason: z.string().nullable(),
  expires_at: Instant,
  /** When another code can be requested. */
  again_at: Instant,
});

const MethodId = z.object({ id: idInPath('Invalid contact method ID format') });
const Label = z.string().max(100).trim();

export const methodOperations = defineContract({
  contactMethods: {
    summary: 'Contact methods of a person, by default of the caller; addresses of others are shortened',
    method: 'GET',
    path: '/api/v1/contact-methods',
    access: 'viewer',
    input: z.object({ person: Email.optional() }),
    output: z.object({ person: z.string().nullable(), contact_methods: z.array(ContactMethod) }),
  },
  addContactMethod: {
    summary: 'Add a contact method and send a code through it; an administrator may add one for another person',
    method: 'POST',
    path: '/api/v1/contact-methods',
    access: 'viewer',
    input: z.object({
      person: Email.optional(),
      channel: word('channel', CHANNELS),
      /** A phone number begins with + and the code of its country. */
      address: z.string().max(LONGEST_ADDRESS).trim().min(1),
      label: Label.default(''),
    }),
    output: ContactMethod.extend({ code: CodeSent }),
    status: 201,
  },
  changeContactMethod: {
    summary: 'Rename, reorder, disable or enable a contact method',
    method: 'PATCH',
    path: '/api/v1/contact-methods/:id',
    access: 'viewer',
    input: MethodId.extend({
      label: Label.optional(),
      disabled: z.boolean().optional(),
      position: z
        .int()
        .min(0)
        .max(MOST_METHODS - 1)
        .optional(),
    }),
    output: ContactMethod,
  },
  deleteContactMethod: {
    summary: 'Delete a contact method; pages continue with the others',
    method: 'DELETE',
    path: '/api/v1/contact-methods/:id',
    access: 'viewer',
    input: MethodId,
    output: z.void(),
    status: 204,
  },
  sendContactCode: {
    summary: 'Send a new code through a contact method; the one before becomes invalid',
    method: 'POST',
    path: '/api/v1/contact-methods/:id/code',
    access: 'viewer',
    input: MethodId,
    output: CodeSent,
  },
  verifyContactMethod: {
    summary: 'Verify a contact method by the code that was sent through it',
    method: 'POST',
    path: '/api/v1/contact-methods/:id/verify',
    access: 'viewer',
    input: MethodId.extend({
      code: z
        .string()
        .max(20)
        .transform((text) => text.replace(/\s/g, ''))
        .pipe(z.string().regex(/^\d{6}$/, 'The code has six digits')),
    }),
    output: ContactMethod,
  },
  testContactMethod: {
    summary: 'Send a test message through a contact method; a successful test enables it again',
    method: 'POST',
    path: '/api/v1/contact-methods/:id/test',
    access: 'viewer',
    input: MethodId,
    output: NotificationSummary,
  },
  erasePerson: {
    summary: 'Delete the contact methods and rules of a person',
    method: 'POST',
    path: '/internal/notify/erase-person',
    access: 'internal',
    input: z.object({ person: Email }),
    output: z.object({ erased: z.int() }),
  },
});
