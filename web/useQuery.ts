import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveEvent, Source } from '../src/gateway/contract';
import type { Problem } from '../src/kernel/ports/problem';
import { requestAnswered, requestSent } from './firstLoad';
import { onEvent, onMissed } from './live/connection';
import { problemOf } from './ports';

/**
 * An answer of the server on a page: fetched when it is shown, after each event that changes it, and after events were
 * missed. The first event fetches at once; many events cause one request every AGAIN_MS.
 */
const AGAIN_MS = 400;
/** After a 429 the request is repeated after Retry-After and a random part of at most this. */
const LONGEST_PATIENCE_S = 60;
const KEPT_ANSWERS = 40;

export interface Query<T> {
  /** The last answer; during a request of another page of the list, the answer before. */
  value: T | undefined;
  problem: Problem | null;
  /** The value belongs to an earlier key than the current one. */
  turning: boolean;
  again(): Promise<void>;
}

/** The last answers, so that going back shows data at once; it is fetched again at the same time. */
const kept = new Map<string, unknown>();
export const forgetAnswers = (): void => kept.clear();

function keep(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  if (kept.size > KEPT_ANSWERS) kept.delete(kept.keys().next().value as string);
}

export interface Touch {
  /** Modules whose events change the answer; it is also fetched again if some of their events were missed. */
  modules: readonly Source[];
  /** Selects the events; without it all of them. */
  by?: (fact: LiveEvent) => boolean;
  /** Also fetched this often while the page is visible: for data without events. */
  everyMs?: number;
}

/** Milliseconds until the request can be repeated after a 429; null for any other problem. */
function patienceOf({ kind, extra }: Problem): number | null {
  if (kind !== 'too-many') return null;
  const seconds = Number(extra['retry_after_seconds']);
  return 1_000 * Math.min(LONGEST_PATIENCE_S, Math.max(1, Number.isFinite(seconds) ? seconds : LONGEST_PATIENCE_S));
}

/** Reports to the first load that a request waits for its first answer, and when it ends. */
function useFirstAnswer() {
  const state = useRef<'new' | 'asked' | 'answered'>('new');
  const answered = () => {
    if (state.current === 'asked') requestAnswered();
    state.current = 'answered';
  };
  useEffect(() => answered, []);
  const asked = () => {
    if (state.current !== 'new') return;
    state.current = 'asked';
    requestSent();
  };
  return { asked, answered };
}

/** `key` identifies the request, including its arguments. Null sends none. */
export function useQuery<T>(key: string | null, ask: () => Promise<T>, touched?: Touch): Query<T> {
  const [, draw] = useState(0);
  const state = useRef({ key: '', value: undefined as T | undefined, problem: null as Problem | null, asked: 0 });
  const latest = useRef({ key, ask, touched });
  latest.current = { key, ask, touched };

  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const first = useFirstAnswer();

  const again = async (): Promise<void> => {
    clearTimeout(waiting.current);
    const { key: asking, ask: question } = latest.current;
    if (asking === null) return;
    const mine = ++state.current.asked;
    const update = (change: Partial<typeof state.current>) => {
      if (mine !== state.current.asked) return;
      state.current = { ...state.current, ...change };
      draw((n) => n + 1);
      first.answered();
    };
    try {
      const value = await question();
      keep(asking, value);
      update({ key: asking, value, problem: null });
    } catch (error) {
      const problem = problemOf(error);
      const patienceMs = patienceOf(problem);
      if (patienceMs !== null && mine === state.current.asked) {
        waiting.current = setTimeout(() => void again(), patienceMs);
        // The shown data stays: it is as fresh as possible.
        if (state.current.key === asking && state.current.value !== undefined) return;
      }
      update({ problem, ...(state.current.key !== asking && { value: undefined }) });
    }
  };
  useEffect(() => () => clearTimeout(waiting.current), []);

  useEffect(() => {
    if (key === null) return;
    first.asked();
    if (kept.has(key)) {
      state.current = { ...state.current, key, value: kept.get(key) as T, problem: null };
      draw((n) => n + 1);
    }
    void again();
  }, [key]);

  useEffect(() => {
    if (!touched) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastAt = 0;
    const soon = () => {
      if (timer !== undefined) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          lastAt = Date.now();
          void again();
        },
        Math.max(0, lastAt + AGAIN_MS - Date.now()),
      );
    };
    const stopEvents = onEvent((fact) => {
      const { modules, by } = latest.current.touched ?? { modules: [] };
      if (modules.includes(fact.module) && (by?.(fact) ?? true)) soon();
    });
    const stopMissed = onMissed((modules) => {
      const mine = latest.current.touched?.modules ?? [];
      if (modules === 'all' || modules.some((module) => mine.includes(module))) soon();
    });
    const { everyMs } = touched;
    const repeating = everyMs && setInterval(() => document.visibilityState === 'visible' && soon(), everyMs);
    return () => {
      clearTimeout(timer);
      if (repeating) clearInterval(repeating);
      stopEvents();
      stopMissed();
      state.current.asked++;
    };
  }, [touched === undefined]);

  const { value, problem } = state.current;
  return { value, problem, turning: value !== undefined && state.current.key !== key, again };
}
