import { type FieldFault, invalid } from '../../kernel/ports/problem';
import { isRecord, parseInstant } from '../formats/read';
import { compileMatcher, type Matcher, MatcherRefused, type Operator } from '../rules/matcher';
import type { MuteNow } from '../rules/mutes';
import type { SilenceDraft } from '../rules/silences';

/**
 * Silences as the API v2 of Alertmanager shows and takes them.
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */

const OPERATOR_OF = { '=': [false, true], '!=': [false, false], '=~': [true, true], '!~': [true, false] } as const;

/** A silence in the form of Alertmanager. */
export const presentSilence = ({ row, state }: MuteNow): object => ({
  id: row.id,
  status: { state },
  updatedAt: row.updated_at.toISOString(),
  comment: row.name,
  createdBy: row.created_by,
  endsAt: (row.ends_at as Date).toISOString(),
  matchers: row.matchers.map(({ name, operator, value }) => {
    const [isRegex, isEqual] = OPERATOR_OF[operator];
    return { isEqual, isRegex, name, value };
  }),
  startsAt: row.starts_at.toISOString(),
  annotations: {},
});

/** A silence to create, or to change if it has an id. */
export interface PostedSilence {
  id: string | null;
  draft: SilenceDraft;
  createdBy: string | null;
}

const LONGEST_COMMENT = 2_000;
const LONGEST_AUTHOR = 255;
const MOST_MATCHERS = 20;

/**
 * Reads a silence of amtool, karma or Grafana.
 * @throws Problem `invalid` that names the field
 */
export function readSilence(body: unknown, now: Date): PostedSilence {
  if (!isRecord(body)) throw invalid([{ path: '', message: 'The body must be a JSON object' }]);
  const faults: FieldFault[] = [];
  const matchers = readMatchers(body['matchers'], faults);
  const starts = parseInstant(body['startsAt']) ?? now;
  const ends = parseInstant(body['endsAt']);
  if (ends === undefined) faults.push({ path: 'endsAt', message: 'endsAt in body is required' });
  else if (ends <= now) faults.push({ path: 'endsAt', message: "end time can't be in the past" });
  for (const name of ['comment', 'createdBy']) {
    if (typeof body[name] !== 'string') faults.push({ path: name, message: `${name} in body is required` });
  }
  if (faults.length > 0) throw invalid(faults);
  const { id, createdBy, comment } = body;
  return {
    id: typeof id === 'string' && id !== '' ? id : null,
    createdBy: textOf(createdBy, LONGEST_AUTHOR) || null,
    draft: {
      matchers,
      starts_at: starts < now ? now : starts,
      ends_at: ends as Date,
      comment: textOf(comment, LONGEST_COMMENT),
    },
  };
}

const textOf = (value: unknown, longest: number): string =>
  String(value).replaceAll('\0', '').toWellFormed().slice(0, longest).toWellFormed().trim();

function readMatchers(value: unknown, faults: FieldFault[]): Matcher[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_MATCHERS) {
    faults.push({ path: 'matchers', message: `matchers in body must be a list of 1 to ${MOST_MATCHERS} matchers` });
    return [];
  }
  return value.flatMap((each, at) => {
    const matcher = readMatcher(each);
    if (typeof matcher !== 'string') return [matcher];
    faults.push({ path: `matchers.${at}`, message: matcher });
    return [];
  });
}

/** A matcher, or the reason why it is refused. */
function readMatcher(value: unknown): Matcher | string {
  if (!isRecord(value)) return 'must be an object';
  const { name, value: wanted, isRegex = false, isEqual = true } = value;
  if (typeof name !== 'string' || name === '' || typeof wanted !== 'string') return 'needs a name and a value';
  const operator: Operator = isRegex === true ? (isEqual === false ? '!~' : '=~') : isEqual === false ? '!=' : '=';
  try {
    compileMatcher({ name, operator, value: wanted });
    return { name, operator, value: wanted };
  } catch (error) {
    if (error instanceof MatcherRefused) return error.message;
    throw error;
  }
}

const ORDER = { active: 0, pending: 1, expired: 2 } as const;

/** Active ones by their end, pending ones by their begin, expired ones with the last end first, as in Alertmanager. */
export function inOrder(silences: readonly MuteNow[]): MuteNow[] {
  const weight = ({ row, state }: MuteNow): number =>
    state === 'pending' ? row.starts_at.getTime() : (state === 'expired' ? -1 : 1) * (row.ends_at as Date).getTime();
  return [...silences].sort((a, b) => ORDER[a.state] - ORDER[b.state] || weight(a) - weight(b));
}
