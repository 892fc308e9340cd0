import type { Duty } from '../oncall/domain/layers';
import { calendarsOf, rolesOf, type Version } from '../oncall/domain/onCall';
import { overrideSpan } from '../oncall/domain/overrides';
import type { Span } from '../oncall/domain/restrictions';
import { type Stretch, versionSpans } from '../oncall/domain/shifts';
import type { Override } from '../oncall/domain/types';
import { minuteAfter, minuteOf } from '../oncall/domain/zones';

/** Computes the stretches of a calendar without slices, as a reference for tests. */
export function wholeStretches(
  versions: readonly Version[],
  overrides: readonly Override[],
  from: Date,
  to: Date,
): Stretch[] {
  return versionSpans(versions, minuteOf(from), minuteAfter(to)).flatMap(({ version, start, end }) =>
    stretchesOf(version, overrides, { start, end }),
  );
}

function stretchesOf(version: Version | null, overrides: readonly Override[], span: Span): Stretch[] {
  const layers = version?.layers ?? [];
  const calendars = version === null ? [] : calendarsOf(version);
  const duties = calendars.map((calendar) => calendar.within(span.start, span.end));
  const changes = overrides
    .map((override) => ({ override, ...overrideSpan(override) }))
    .filter(({ start, end }) => start < span.end && span.start < end);
  const edges = edgesIn(span, [...duties.flat(), ...changes]);
  const result: Stretch[] = [];
  let last = '';
  for (let i = 0; i + 1 < edges.length; i++) {
    const [start, end] = [edges[i] as number, edges[i + 1] as number];
    const slots = duties.map((list) => slotOn(list, start));
    const running = changes.filter((change) => change.start <= start && start < change.end);
    const state = `${slots.join()} ${running.map(({ override }) => override.id).join()}`;
    const before = result.at(-1);
    const inForce = running.map(({ override }) => override);
    if (before !== undefined && state === last) before.end = end;
    else result.push({ start, end, roles: rolesOf(layers, slots, inForce) });
    last = state;
  }
  return result;
}

function edgesIn({ start, end }: Span, spans: readonly Span[]): number[] {
  const edges = spans.flatMap((span) => [span.start, span.end]).filter((edge) => start < edge && edge < end);
  return [...new Set([start, end, ...edges])].sort((a, b) => a - b);
}

const slotOn = (duties: readonly Duty[], minute: number): number | null =>
  duties.find(({ start, end }) => start <= minute && minute < end)?.slot ?? null;
