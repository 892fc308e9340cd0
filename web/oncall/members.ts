import type { Ports } from '../ports';

/**
 * The members of a schedule during editing. Each row has its own key, because two rows can hold the same text for a
 * while.
 */
export type Schedule = Awaited<ReturnType<Ports['oncall']['getSchedule']>>;
export type Member = Schedule['members'][number];
export interface Row extends Member {
  key: number;
}

let last = 0;
export const rowOf = (member: Partial<Member> = {}): Row => ({
  name: '',
  email: '',
  role: 'primary',
  ...member,
  key: ++last,
});

/** The rows of a new schedule: a primary and a secondary. */
export const firstRows = (): Row[] => [rowOf(), rowOf({ role: 'secondary' })];

export const changed = (rows: readonly Row[], key: number, change: Partial<Member>): Row[] =>
  rows.map((row) => (row.key === key ? { ...row, ...change } : row));

export const without = (rows: readonly Row[], key: number): Row[] => rows.filter((row) => row.key !== key);

/** Moves a row up by one place; the first row stays. */
export function earlier(rows: readonly Row[], key: number): Row[] {
  const at = rows.findIndex((row) => row.key === key);
  if (at <= 0) return [...rows];
  const moved = [...rows];
  moved.splice(at - 1, 0, ...moved.splice(at, 1));
  return moved;
}

/** The members as the server expects them, without empty rows. */
export const membersOf = (rows: readonly Row[]): Member[] =>
  rows
    .map(({ name, email, role }) => ({ name: name.trim(), email: email.trim(), role }))
    .filter(({ name, email }) => name !== '' || email !== '');

/** Maps the server's index of a member to its row: the server does not count empty rows. */
export function faultAt(faults: Record<string, string>, rows: readonly Row[], key: number, field: string) {
  const sent = rows.filter(({ name, email }) => name.trim() !== '' || email.trim() !== '');
  const index = sent.findIndex((row) => row.key === key);
  return index === -1 ? undefined : faults[`members.${index}.${field}`];
}
