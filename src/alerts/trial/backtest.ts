import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { days, minutes, seconds } from '../../kernel/clock';
import { breather } from '../../kernel/http/listBody';
import type { Log } from '../../kernel/observe/observe';
import type { Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract } from '../contract';
import { NOT_CONSIDERED } from '../contract/trial';
import type { FlappingSettings } from '../domain/flapping';
import { compileMute } from '../rules/compile';
import type { CompiledMute, CompiledRule, Configuration } from '../rules/decide';
import type { RuleDeps } from '../rules/deps';
import { indexOf } from '../rules/matcherIndex';
import { compileDrafts } from '../rules/testRules';
import type { AlertRow } from '../store/alerts';
import {
  addBacktest,
  type BacktestRow,
  backtestOf,
  droppedByRules,
  endAbandoned,
  endBacktest,
  runningBacktest,
  saveProgress,
} from '../store/backtests';
import { mutesInForce } from '../store/mutes';
import { countSince, historiesAfter, type StoredHistory } from '../store/replay';
import { type Comparison, compare } from './comparison';
import { heapOf } from './heap';
import { historyOfAlert } from './history';
import type { Replayed } from './simulation';

type Operations = Pick<Service<AlertsContract>, 'startBacktest' | 'getBacktest' | 'cancelBacktest'>;
type Shown = Awaited<ReturnType<Operations['getBacktest']>>;

export interface BacktestDeps extends RuleDeps {
  log: Log;
  correlationWindowMinutes: number;
  flapping: FlappingSettings;
}

export interface Backtests extends Operations {
  /** Resolves when no run is in progress in this process. */
  idle(): Promise<void>;
  /** Ends the run of this process. */
  stop(): Promise<void>;
}

const MOST_EVENTS = 1_000_000;
const CHUNK = 200;
/** How long a run works before it rests for as long, so that it takes at most half of a processor. */
const WORK_MS = 5;
const SAVE_EVERY_MS = seconds(1);
const ABANDONED_AFTER_MS = minutes(1);

export function backtests(deps: BacktestDeps): Backtests {
  const { db, clock, log, configuration } = deps;
  let running: Promise<void> = Promise.resolve();
  let stopping = false;

  async function replay(id: string, span: Span, rules: Record<'current' | 'draft', CompiledRule[]>): Promise<void> {
    const sides = await Promise.all([configurationOf(deps, rules.current), configurationOf(deps, rules.draft)]);
    const { correlationWindowMinutes, flapping } = deps;
    const comparison = compare(...sides, { windowMs: minutes(correlationWindowMinutes), flapping });
    const everyReport = Object.values(rules).some((list) => list.some(({ holds }) => holds?.threshold !== undefined));
    const progress = async (alerts: number) => !stopping && saveProgress(db, id, alerts, clock.now());
    const done = await replayAll(deps, span, comparison, { everyReport, progress });
    if (done === null) return;
    const { stoppedAt } = done;
    const result = {
      ...comparison.finish(stoppedAt?.getTime() ?? span.until.getTime()),
      dropped_not_replayed: await droppedByRules(db),
      stopped_at: stoppedAt?.toISOString() ?? null,
    };
    await endBacktest(db, id, { state: 'done', reason: null, alerts: result.alerts, result }, clock.now());
  }

  async function run(...args: Parameters<typeof replay>): Promise<void> {
    try {
      await replay(...args);
      if (stopping) await fail(args[0], 'The server stopped.');
    } catch (error) {
      log.error({ err: error }, 'back-test failed');
      await fail(args[0], 'An unexpected error. See the log of the server.').catch(() => undefined);
    }
  }

  const fail = (id: string, reason: string) => endBacktest(db, id, { state: 'failed', reason }, clock.now());

  return {
    async startBacktest({ days: length, draft }, caller) {
      const drafts = await compileDrafts(draft, 'draft');
      const current = [...(await configuration.refreshed()).rules.items];
      const now = clock.now();
      await endAbandoned(db, new Date(now.getTime() - ABANDONED_AFTER_MS), now);
      const from = new Date(now.getTime() - days(length));
      const id = randomUUID();
      const row = {
        id,
        days: length,
        started_at: now,
        started_by: caller.actor,
        alerts_total: await countSince(db, from),
      };
      if (stopping || !(await addBacktest(db, row))) throw await busy(deps);
      running = run(id, { from, until: now }, { current, draft: drafts });
      return shown(deps, id);
    },
    getBacktest: ({ id }) => shown(deps, id),
    async cancelBacktest({ id: text }) {
      const id = idOf(text);
      if (id !== null) await endBacktest(db, id, { state: 'cancelled', reason: null }, clock.now());
      return shown(deps, text);
    },
    idle: () => running,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

interface Span {
  from: Date;
  until: Date;
}

/**
 * Silences and windows keep the occurrence that follows, so each side has its own. Upstreams are left out: they are mutes of
 * the incidents of now. What cannot be compiled is left out as well, as in the intake.
 */
async function configurationOf(
  { db, log, configuration }: BacktestDeps,
  rules: readonly CompiledRule[],
): Promise<Configuration> {
  const breathe = breather();
  const mutes: CompiledMute[] = [];
  for (const row of await mutesInForce(db)) {
    if (row.cause === 'upstream') continue;
    try {
      mutes.push(compileMute({ ...row, over_until: null }));
    } catch (error) {
      log.debug({ err: error, id: row.id }, 'mute left out of a back-test');
    }
    await breathe();
  }
  const { windows } = await configuration.refreshed();
  return { rules: indexOf(rules), mutes: indexOf(mutes), windows };
}

interface ReplayOptions {
  everyReport: boolean;
  /** @returns false if the run was cancelled */
  progress(alerts: number): Promise<boolean>;
}

/**
 * Replays the alerts of a span in the order of time. Alerts are read in the order of their begin; events of those that are
 * read already wait until all alerts before them are read.
 * @returns null if the run was cancelled; `stoppedAt` is set if there are more events than a run takes
 */
async function replayAll(
  { db }: BacktestDeps,
  { from, until }: Span,
  comparison: Comparison,
  { everyReport, progress }: ReplayOptions,
): Promise<{ stoppedAt: Date | null } | null> {
  const waiting = heapOf<Waiting>(isBefore);
  const rest = rester();
  let [events, alerts, serial, savedAt] = [0, 0, 0, performance.now()];
  /** Saves the progress once a second. @returns false if the run was cancelled */
  const goesOn = async (): Promise<boolean> => {
    if (performance.now() - savedAt < SAVE_EVERY_MS) return true;
    savedAt = performance.now();
    return progress(alerts);
  };
  let last: AlertRow | null = null;
  for (;;) {
    const page: StoredHistory[] = await historiesAfter(db, from, last, CHUNK);
    for (const alert of page) {
      const { events: history, complete } = historyOfAlert(alert, everyReport);
      for (const event of history) waiting.push({ event, complete, serial: serial++ });
      last = alert;
      await rest();
    }
    const readUntil = page.length < CHUNK ? Number.POSITIVE_INFINITY : (last?.created_at.getTime() ?? 0);
    for (let next = waiting.first(); next !== undefined && next.event.at <= readUntil; next = waiting.first()) {
      if (next.event.at > until.getTime()) break;
      if (events++ === MOST_EVENTS) return { stoppedAt: new Date(next.event.at) };
      waiting.pop();
      comparison.take(next.event, next.complete);
      await rest();
      if (!(await goesOn())) return null;
    }
    alerts += page.length;
    if (!(await goesOn())) return null;
    if (page.length < CHUNK) return (await progress(alerts)) ? { stoppedAt: null } : null;
  }
}

interface Waiting {
  event: Replayed;
  complete: boolean;
  serial: number;
}

/** In the order of time; at the same time in the order in which they were read. */
const isBefore = (one: Waiting, other: Waiting): boolean =>
  one.event.at !== other.event.at ? one.event.at < other.event.at : one.serial < other.serial;

/** Returns a function that waits as long as the run worked since it waited last, if that was long enough. */
function rester(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    const worked = performance.now() - since;
    if (worked < WORK_MS) return;
    await sleep(Math.min(worked, 50));
    since = performance.now();
  };
}

async function busy({ db }: BacktestDeps): Promise<Problem> {
  const other = await runningBacktest(db);
  const whose = other === undefined ? '' : ` by ${other.started_by}`;
  return new Problem('conflict', `A back-test${whose} is running. Wait for its end, or cancel it.`, {
    ...(other !== undefined && { backtest_id: other.id }),
  });
}

/** @throws Problem `not-found` */
async function shown({ db }: BacktestDeps, text: string): Promise<Shown> {
  const id = idOf(text);
  const row = id === null ? undefined : await backtestOf(db, id);
  if (row === undefined) throw new Problem('not-found', 'Back-test not found');
  return presentBacktest(row);
}

const presentBacktest = ({ alerts, alerts_total, started_at, finished_at, ...row }: BacktestRow): Shown => ({
  ...row,
  started_at: started_at.toISOString(),
  finished_at: finished_at?.toISOString() ?? null,
  progress: { alerts, of: Math.max(alerts_total, alerts) },
  not_considered: [...NOT_CONSIDERED],
});
