import type { Span } from './days';
import { finalLane, type Role } from './lanesFromShifts';

/** Reads the link that opens the override dialog with its fields filled. */
interface Cover extends Span {
  role: Role;
}

const instant = (ms: number): string => new Date(ms).toISOString();

export const coverQuery = ({ role, from, to }: Cover): Record<string, string> => ({
  cover: role,
  from: instant(from),
  to: instant(to),
});

/** The form fields of a link; null if the link names no valid override. */
export function readCover({ cover, from = '', to = '' }: Record<string, string>) {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if ((cover !== 'primary' && cover !== 'secondary') || !(start < end)) return null;
  return { kind: 'set' as const, from: start, to: end, lane: finalLane(cover) };
}
