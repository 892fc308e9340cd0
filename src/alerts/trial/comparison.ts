import type { Severity } from '../../kernel/ports/values';
import type { Backtest, DecisionEntry } from '../contract';
import type { FlappingSettings } from '../domain/flapping';
import type { Configuration } from '../rules/decide';
import { createSimulation, type Fate, type Replayed, type Simulation } from './simulation';

/** Replays one history through two configurations side by side, and compares which pages they cause. Pure. */

type Result = NonNullable<Backtest['result']>;
type Counted = Result['current'];
type Change = Result['missed'][number];

/** Changes that the result names; all are counted. */
export const MOST_NAMED = 200;

/** The first report of an alert, as a change of its pages names it. */
interface Known {
  at: number;
  service: string;
  severity: Severity;
  message: string;
  complete: boolean;
}

export interface Compared extends Pick<Result, 'current' | 'draft' | 'missed' | 'new' | 'missed_total' | 'new_total'> {
  alerts: number;
  events: number;
  without_history: number;
}

export interface Comparison {
  /** Events come in the order of time. @param complete false if reports of the alert are no longer known */
  take(event: Replayed, complete: boolean): void;
  /** Ends mutes and delays that are over by now, and compares the alerts that still fire. */
  finish(now: number): Compared;
}

const NOTHING: Counted = { incidents: 0, pages: 0, dropped: 0, muted: 0, held: 0 };

export interface CompareSettings {
  /** The usual correlation window in milliseconds. */
  windowMs: number;
  flapping: FlappingSettings;
}

export function compare(
  current: Configuration,
  draft: Configuration,
  { windowMs, flapping }: CompareSettings,
): Comparison {
  const sides = {
    current: createSimulation(current, windowMs, flapping),
    draft: createSimulation(draft, windowMs, flapping),
  };
  const known = new Map<string, Known>();
  const result: Compared = {
    ...{ current: { ...NOTHING }, draft: { ...NOTHING }, missed: [], new: [], missed_total: 0, new_total: 0 },
    ...{ alerts: 0, events: 0, without_history: 0 },
  };

  function settle(id: string, alert: Known): void {
    const [before, after] = [sides.current.fateOf(id), sides.draft.fateOf(id)];
    known.delete(id);
    for (const side of Object.values(sides) as Simulation[]) side.forget(id);
    if (before === null || after === null || !alert.complete) return;
    add(result.current, before, id);
    add(result.draft, after, id);
    const more = after.pages - before.pages;
    if (more < 0) note('missed', changeOf(id, alert, after));
    if (more > 0) note('new', changeOf(id, alert, before));
  }

  const isOver = (id: string): boolean => sides.current.isOver(id) && sides.draft.isOver(id);

  function note(list: 'missed' | 'new', change: Change): void {
    result[`${list}_total`] += 1;
    if (result[list].length < MOST_NAMED) result[list].push(change);
  }

  return {
    take(event, complete) {
      const { alert, at, kind, subject } = event;
      result.events += 1;
      if (!known.has(alert)) {
        const { service, severity, message } = subject;
        known.set(alert, { at, service, severity, message, complete });
        result.alerts += 1;
        if (!complete) result.without_history += 1;
      }
      sides.current.take(event);
      sides.draft.take(event);
      if (kind === 'end' && isOver(alert)) settle(alert, known.get(alert) as Known);
    },
    finish(now) {
      sides.current.advance(now);
      sides.draft.advance(now);
      for (const [id, alert] of known) settle(id, alert);
      return result;
    },
  };
}

function add(counted: Counted, { stage, pages, openedBy }: Fate, id: string): void {
  counted.pages += pages;
  if (stage !== 'attached') counted[stage] += 1;
  else if (openedBy === id) counted.incidents += 1;
}

/** @param fate of the alert with the configuration that pages less */
const changeOf = (id: string, { at, service, severity, message }: Known, fate: Fate): Change => ({
  ...{ alert_id: id, at: new Date(at).toISOString(), service, severity, message },
  because: becauseOf(id, fate),
  joined: fate.openedBy === id ? null : fate.openedBy,
  decision: fate.decision as DecisionEntry[],
});

function becauseOf(id: string, { stage, openedBy, pages }: Fate): Change['because'] {
  if (pages > 0) return 'later';
  if (stage !== 'attached') return stage;
  return openedBy === id ? 'no_page' : 'joined';
}
