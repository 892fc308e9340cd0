import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../../src/kernel/ports/problem';
import { type Ports, ports, problemOf } from '../ports';
import type { Draft } from './view';

export type Backtest = Awaited<ReturnType<Ports['alerts']['getBacktest']>>;

/** Milliseconds between two questions for the progress. */
const ASK_MS = 700;

export interface BacktestRun {
  of: Backtest | null;
  busy: boolean;
  problem: Problem | null;
  start(draft: Draft[], days: number): void;
  cancel(): void;
}

/** One back-test: started, followed until it ends, and cancelled if it is no longer shown, because only one runs at a time. */
export function useBacktest(): BacktestRun {
  const [of, setOf] = useState<Backtest | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  /** The run that is followed; null after its end and when the part is closed. */
  const running = useRef<string | null>(null);
  const gone = useRef(false);
  useEffect(
    () => () => {
      gone.current = true;
      if (running.current !== null) void ports.alerts.cancelBacktest({ id: running.current }).catch(() => undefined);
      running.current = null;
    },
    [],
  );

  async function follow(begun: Backtest): Promise<void> {
    running.current = begun.id;
    if (gone.current) return void ports.alerts.cancelBacktest({ id: begun.id }).catch(() => undefined);
    for (let now = begun; running.current === begun.id; now = await ports.alerts.getBacktest({ id: begun.id })) {
      setOf(now);
      if (now.state !== 'running') running.current = null;
      else await new Promise((resolve) => setTimeout(resolve, ASK_MS));
      if (running.current === null) return;
    }
  }

  async function run(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      running.current = null;
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  return {
    of,
    busy,
    problem,
    start(draft, days) {
      setOf(null);
      void run(async () => follow(await ports.alerts.startBacktest({ draft, days })));
    },
    cancel() {
      const id = running.current;
      running.current = null;
      if (id !== null) void run(async () => setOf(await ports.alerts.cancelBacktest({ id })));
    },
  };
}
