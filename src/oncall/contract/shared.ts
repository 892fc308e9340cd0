import * as z from 'zod';

/** Values that several parts of the contract share. */

export const ROLES = ['primary', 'secondary'] as const;

export const AnyTeam = z.string().min(1).max(255);

export const RoomAddress = z
  .string()
  .max(500)
  .regex(/^(mock|slack|webhook|email):.+$/, 'A room is channel:address, such as slack:ops-team');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const TimeZone = z.string().max(64).refine(isTimeZone, 'Must be an IANA time zone, such as Europe/Berlin');
