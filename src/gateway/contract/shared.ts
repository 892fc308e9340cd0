import * as z from 'zod';
import { blank, Id, Instant } from '../../kernel/ports/values';

const ROLES = ['viewer', 'responder', 'admin'] as const;
export const RoleIn = z.enum(ROLES, { error: `role must be one of ${ROLES.join(', ')}` });
export const RoleOut = z.enum(ROLES);

/**
 * Control characters, marks that change the direction of text, line separators, and invisible characters. Joiners
 * stay allowed, because some scripts need them.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Bidi_Control}\u2028\u2029\u00ad\u115f\u1160\u180e\u200b\u2060-\u2064\u3164\ufeff\uffa0]/u;

/** A name of a user or key. It is written into headers, logs and pages, so it shows each character that it has. */
export const name = (max: number) =>
  z
    .string()
    .max(max)
    .trim()
    .min(1, 'Must not be blank')
    .refine((value) => !UNPRINTABLE.test(value), 'Control characters and invisible characters are not allowed');

/** The name of a new user. */
export const Username = name(255);
/** A new password. The current one is only compared, so it has no rules. */
export const NewPassword = z
  .string()
  .min(10, 'A password has at least 10 characters')
  .max(1024)
  .refine((value) => !blank(value), 'Must not be blank');
export const GivenPassword = z.string().min(1).max(1024);

/** The result of an operation that returns nothing else. */
export const Done = z.object({ status: z.string() });

export const Session = z
  .object({
    id: Id,
    /** Whether it is the session of this request. */
    current: z.boolean(),
    address: z.string(),
    user_agent: z.string(),
    created_at: Instant,
    /** Exact to a minute; null before the first use. */
    last_seen_at: Instant.nullable(),
    expires_at: Instant,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;
