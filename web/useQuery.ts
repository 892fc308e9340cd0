import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveEvent, Source } from '../src/gateway/contract';
import type { Problem } from '../src/kernel/ports/problem';
import { questionAnswered, questionAsked } from './firstLoad';
import { onFact, onMissed } from './live/connection';
import { problemOf } from './ports';

/**
 * What a page shows of the server: asked when it is shown, again when a fact touches it, and again when facts may have
 * been missed. A fact is answered at once; a storm of them by one question every AGAIN_MS.
 */
const AGAIN_MS = 400;
/** Where the server asks for patience, it is asked again by itself after as long as it said, and at most so much later. */
const LONGEST_PATIENCE_S = 60;
const KEPT_ANSWERS = 40;

export interface Query<T> {
  /** The last answer; that of the address before while a new one is under way. */
  value: T | undefined;
  problem: Problem | null;
  /** The value belongs to another question than the one that is asked now. */
  turning: boolean;
  again(): Promise<void>;
}

/** The last answers, so that going back shows at once what was there; it is asked again in the same breath. */
const kept = new Map<string, unknown>();
export const forgetAnswers = (): void => kept.clear();

function keep(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  if (kept.size > KEPT_ANSWERS) kept.delete(kept.keys().next().value as string);
}

export interface Touch {
  /** Modules whose facts matter here; also fetched again when some of theirs were missed. */
  modules: readonly Source[];
  /** Which of their facts; all of them unless said. */
  by?: (fact: LiveEvent) => boolean;
  /** Also asked again so often while somebody looks: for what no fact tells of. */
  everyMs?: number;
}

/** Milliseconds until a question that was one too many may be asked again; null for any other refusal. */
function patienceOf({ kind, extra }: Problem): number | null {
  if (kind !== 'too-many') return null;
  const seconds = Number(extra['retry_after_seconds']);
  return 1_000 * Math.min(LONGEST_PATIENCE_S, Math.max(1, Number.isFinite(seconds) ? seconds : LONGEST_PATIENCE_S));
}

/** Tells the first load that a question waits for its first answer, and that it waits no more. */
function useFirstAnswer() {
  const state = useRef<'new' | 'asked' | 'answered'>('new');
  const answered = () => {
    if (state.current === 'asked') questionAnswered();
    state.current = 'answered';
  };
  useEffect(() => answered, []);
  const asked = () => {
    if (state.current !== 'new') return;
    state.current = 'asked';
    questionAsked();
  };
  return { asked, answered };
}

/** `key` names the question, arguments included: another key is another question. Null asks nothing. */
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
    const settle = (change: Partial<typeof state.current>) => {
      if (mine !== state.current.asked) return;
      state.current = { ...state.current, ...change };
      draw((n) => n + 1);
      first.answered();
    };
    try {
      const value = await question();
      keep(asking, value);
      settle({ key: asking, value, problem: null });
    } catch (error) {
      const problem = problemOf(error);
      const patienceMs = patienceOf(problem);
      if (patienceMs !== null && mine === state.current.asked) {
        waiting.current = setTimeout(() => void again(), patienceMs);
        // What is there goes on being shown: it is as fresh as it can be.
        if (state.current.key === asking && state.current.value !== undefined) return;
      }
      settle({ problem, ...(state.current.key !== asking && { value: undefined }) });
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
    const stopFacts = onFact((fact) => {
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
      stopFacts();
      stopMissed();
      state.current.asked++;
    };
  }, [touched === undefined]);

  const { value, problem } = state.current;
  return { value, problem, turning: value !== undefined && state.current.key !== key, again };
}
