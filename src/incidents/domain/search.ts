import { idOf } from '../../kernel/ports/values';
import type { SORTS, Status } from '../contract';

/** The filters of a list. */
export interface Search {
  statuses?: string[];
  severities?: string[];
  reaches?: string[];
  service?: string;
  team?: string;
  /** A name or an e-mail address. */
  assignee?: string;
  /** The caller, to find the incidents that are assigned to their name or their address. */
  mine?: { name: string; email: string | null };
  from?: Date;
  to?: Date;
  text?: string;
}

/** The sort order of a list. */
export interface Order {
  by: (typeof SORTS)[number];
  direction: 'asc' | 'desc';
}

type Query = {
  [K in 'status' | 'severity' | 'reach' | 'service' | 'team' | 'assigned_to' | 'mine' | 'from' | 'to' | 'q']?:
    | string
    | undefined;
};

/** The filters in a query; `actor` and `email` are those of the caller. */
export function searchOf(query: Query, { actor, email }: { actor: string; email: string | null }): Search {
  const { status, severity, reach, service, team, assigned_to, mine, from, to, q } = query;
  return {
    ...(status !== undefined && { statuses: splitList(status) }),
    ...(severity !== undefined && { severities: splitList(severity) }),
    ...(reach !== undefined && { reaches: splitList(reach) }),
    ...(service !== undefined && { service }),
    ...(team !== undefined && { team }),
    ...(assigned_to !== undefined && { assignee: assigned_to }),
    ...(mine === 'true' && { mine: { name: actor, email } }),
    ...(from !== undefined && { from: new Date(from) }),
    ...(to !== undefined && { to: new Date(to) }),
    ...(q !== undefined && q !== '' && { text: q }),
  };
}

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Whether a search filters by status alone, so that the stored totals can answer it. */
export const isEverything = ({ statuses: _, ...filters }: Search): boolean => Object.keys(filters).length === 0;

/** The number of incidents with these statuses; with any status if undefined. */
export const totalOf = (counts: Record<Status, number>, statuses: readonly string[] | undefined): number =>
  Object.entries(counts)
    .filter(([status]) => statuses === undefined || statuses.includes(status))
    .reduce((sum, [, count]) => sum + count, 0);

const PUNCTUATION = /[\s!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]+/;
const MOST_WORDS = 10;

/** The query of the text index: all words must match, each as a prefix. Null if the text is only punctuation. */
export function wordsOf(text: string): string | null {
  const words = text.split(PUNCTUATION).filter((word) => word !== '');
  if (words.length === 0) return null;
  return words
    .slice(0, MOST_WORDS)
    .map((word) => `'${word}':*`)
    .join(' & ');
}

const ID_BEGINS = /^[0-9a-f-]{4,36}$/;
const LOWEST = '00000000-0000-0000-0000-000000000000';
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The lowest and the highest id with this prefix; null if the text is no prefix of an id. */
export function idsBeginning(text: string): [first: string, last: string] | null {
  const begin = text.trim().toLowerCase();
  const first = idOf(begin + LOWEST.slice(begin.length));
  if (!ID_BEGINS.test(begin) || first === null) return null;
  return [first, begin + HIGHEST.slice(begin.length)];
}
