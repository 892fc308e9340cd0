import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { days } from '../../kernel/clock';
import { breather } from '../../kernel/http/listBody';
import type { Service } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import type { AlertsContract } from '../contract';
import { MUTE_CAUSES } from '../contract/decision';
import { LONGEST_CALENDAR_DAYS } from '../contract/muteCalendar';
import { instantOf } from '../domain';
import { inForceOf, type MuteRow, mutesEnded } from '../store/mutes';
import type { RuleDeps } from './deps';
import { matcherText } from './matcher';
import { type Occurrence, occurrencesAfter } from './recurrence';

type MuteCalendar = Service<AlertsContract>['muteCalendar'];

const PAST_DAYS = 2;
const DEFAULT_DAYS = 16;
const MOST_MUTES = 200;
const MOST_SPANS = 100;
const MOST_ENDED = 500;

interface Found {
  by: (typeof MUTE_CAUSES)[number];
  row: MuteRow;
  spans: Occurrence[];
}

/** Silences and maintenance windows with their spans in a time, computed in turns. */
export async function muteCalendar(
  { db, clock }: RuleDeps,
  input: Parameters<MuteCalendar>[0],
): ReturnType<MuteCalendar> {
  const { from, to } = spanOf(input, clock.now());
  const found: Found[] = [];
  const breathe = breather();
  for (const by of MUTE_CAUSES) {
    for (const row of [...(await inForceOf(db, by)), ...(await mutesEnded(db, by, from, MOST_ENDED))]) {
      const spans = spansOf(row, from, to);
      if (spans.length > 0) found.push({ by, row, spans });
      await breathe();
    }
  }
  found.sort((a, b) => startOf(a) - startOf(b) || a.row.id.localeCompare(b.row.id));
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    mutes: await inSlices(mapSteps(found.slice(0, MOST_MUTES), present)),
    left_out: Math.max(0, found.length - MOST_MUTES),
  };
}

const present = ({ by, row, spans }: Found) => ({
  ...{ by, id: row.id, name: row.name, services: row.services },
  matchers: row.matchers.map(matcherText),
  spans: spans.map(({ start, end }) => ({ starts_at: start.toISOString(), ends_at: end.toISOString() })),
});

const startOf = ({ spans }: { spans: Occurrence[] }): number => spans[0]?.start.getTime() ?? 0;

/** @throws Problem `invalid` */
function spanOf(input: Parameters<MuteCalendar>[0], now: Date): { from: Date; to: Date } {
  const from = input.from === undefined ? new Date(now.getTime() - days(PAST_DAYS)) : instantOf(input.from);
  const to = input.to === undefined ? new Date(from.getTime() + days(DEFAULT_DAYS)) : instantOf(input.to);
  if (to <= from) throw invalid([{ path: 'to', message: 'Must be later than from' }]);
  if (to.getTime() - from.getTime() > days(LONGEST_CALENDAR_DAYS)) {
    throw invalid([{ path: 'to', message: `Must be at most ${LONGEST_CALENDAR_DAYS} days after from` }]);
  }
  return { from, to };
}

/** The spans of a mute that overlap a time. Before its creation and after its end it muted nothing. */
function spansOf(row: MuteRow, from: Date, to: Date): Occurrence[] {
  const { recurrence, created_at, ended_at, starts_at, ends_at } = row;
  const since = new Date(Math.max(from.getTime(), created_at.getTime()));
  const until = ended_at !== null && ended_at < to ? ended_at : to;
  const all =
    recurrence !== null
      ? occurrencesAfter(recurrence, since, MOST_SPANS, until)
      : [{ start: starts_at, end: ends_at ?? until }].filter(({ end }) => end > since);
  return all
    .filter(({ start }) => start < until)
    .map(({ start, end }) => ({ start, end: ended_at !== null && ended_at < end ? ended_at : end }))
    .filter(({ start, end }) => start < end);
}
