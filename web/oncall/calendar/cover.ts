import type { Span } from './days';
import { finalLane, type Role } from './lanesFromShifts';

/** An override that a link asks for: the form opens with it. */
interface Cover extends Span {
  role: Role;
}

const instant = (ms: number): string => new Date(ms).toISOString();

export const coverQuery = ({ role, from, to }: Cover): Record<string, string> => ({
  cover: role,
  from: instant(from),
  to: instant(to),
});

/** What the address asks for, in the words of a form; null where that is nothing anybody could mean. */
export function readCover({ cover, from = '', to = '' }: Record<string, string>) {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if ((cover !== 'primary' && cover !== 'secondary') || !(start < end)) return null;
  return { kind: 'set' as const, from: start, to: end, lane: finalLane(cover) };
}
