import * as z from 'zod';

/** Schemas that several parts of the contract share. */

export const ROLES = ['primary', 'secondary'] as const;
export const ROTATION_TYPES = ['weekly', 'daily', 'biweekly'] as const;
export const UNITS = ['hourly', 'daily', 'weekly', 'monthly'] as const;
export const TURNS = ['always', 'in_restrictions'] as const;
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const OVERRIDE_KINDS = ['replace', 'add', 'remove', 'takeover'] as const;

export const AnyTeam = z.string().min(1).max(255);

export { RoomAddress } from '../../notify/contract';

export const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Must be a time of day, such as 09:30');

export const limit = (fallback: number) => z.coerce.number<number>().int().min(1).max(10_000).default(fallback);

/**
 * The input of a list that returned its newest `limit` rows before it had pages. Page 1 holds the newest rows. A page
 * is at most 1,000 rows, and `limit` rows without `per_page`.
 */
export const pages = (fallback: number) => ({
  /** Rows of a list without pages. */
  limit: limit(fallback),
  page: z.coerce.number<number>().int().min(1).max(1_000).default(1),
  per_page: z.coerce.number<number>().int().min(1).max(1_000).optional(),
});

export const Who = z.object({ name: z.string(), email: z.string() });
