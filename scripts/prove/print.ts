import type { Done } from './chaos';
import type { Client } from './client';
import type { Line } from './ledger/input';

const SHOWN = 8;

interface Printed {
  title: string;
  seconds: number;
  settledSeconds: number;
  done: Done;
  answers: Client['answers'];
  failedStarts: number;
  /** How many times timelines were read during the run. */
  looks: number;
  /** Answers from messages themselves that the product called done. */
  fromMessages: number;
  /** The chains of pages, as lines. */
  chains: readonly string[];
  ledger: readonly Line[];
}

/** Prints the ledger as a table; returns the number of faults. */
export function printLedger(printed: Printed): number {
  const { title, seconds, settledSeconds, done, answers, failedStarts, looks, fromMessages, chains, ledger } = printed;
  const answered = [...answers].sort().map(([status, times]) => `${status} × ${times}`);
  const head = [
    title,
    `${done.kills} kills -9, ${done.freezes} freezes, ${done.restarts} restarts; ${seconds.toFixed(0)} s, settled after ${settledSeconds.toFixed(1)} s`,
    `answers: ${answered.join(', ')}; starts that found their database away: ${failedStarts}; looks at the timelines: ${looks}; answers from messages: ${fromMessages}`,
  ];
  const width = Math.max(...ledger.map(({ what }) => what.length));
  const lines = ledger.flatMap(({ what, count, faults }) => [
    `${what.padEnd(width)}  ${String(count).padStart(7)}  ${faults.length === 0 ? '' : `${faults.length} FAULTS`}`.trimEnd(),
    ...faults.slice(0, SHOWN).map((fault) => `    ${fault}`),
    ...(faults.length > SHOWN ? [`    and ${faults.length - SHOWN} more`] : []),
  ]);
  const faults = ledger.reduce((sum, line) => sum + line.faults.length, 0);
  const verdict = faults === 0 ? 'Nothing was lost.' : `${faults} faults.`;
  const rule = '-'.repeat(width + 9);
  console.log([...head, rule, ...chains, rule, ...lines, rule, verdict].join('\n'));
  return faults;
}
