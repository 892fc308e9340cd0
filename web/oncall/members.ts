import type { Ports } from '../ports';

/** The members of a schedule while they are edited. Each has a key of its own: two rows may say the same for a while. */
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

/** What a new schedule begins with: somebody who is paged, and somebody who is paged next. */
export const firstRows = (): Row[] => [rowOf(), rowOf({ role: 'secondary' })];

export const changed = (rows: readonly Row[], key: number, change: Partial<Member>): Row[] =>
  rows.map((row) => (row.key === key ? { ...row, ...change } : row));

export const without = (rows: readonly Row[], key: number): Row[] => rows.filter((row) => row.key !== key);

/** One place earlier; the first stays where it is. */
export function earlier(rows: readonly Row[], key: number): Row[] {
  const at = rows.findIndex((row) => row.key === key);
  if (at <= 0) return [...rows];
  const moved = [...rows];
  moved.splice(at - 1, 0, ...moved.splice(at, 1));
  return moved;
}

/** As the server takes them; rows that say nothing are left out. */
export const membersOf = (rows: readonly Row[]): Member[] =>
  rows
    .map(({ name, email, role }) => ({ name: name.trim(), email: email.trim(), role }))
    .filter(({ name, email }) => name !== '' || email !== '');

/** The server counts the members that were sent; the rows that say nothing stand between them. */
export function faultAt(faults: Record<string, string>, rows: readonly Row[], key: number, field: string) {
  const sent = rows.filter(({ name, email }) => name.trim() !== '' || email.trim() !== '');
  const index = sent.findIndex((row) => row.key === key);
  return index === -1 ? undefined : faults[`members.${index}.${field}`];
}
