import { cpuMs } from './loopWatch';

/**
 * The yardstick is a fixed piece of work of the kind that requests cause: it parses and writes JSON and runs patterns over
 * texts. Budgets of processor time hold on the reference machine. A slower machine, or one whose caches a neighbour uses,
 * takes longer for everything by about the same factor, so budgets are scaled by it there. They are never scaled down.
 */

/** The yardstick on the reference machine: the least of many runs on a Xeon with 2.3 GHz, Node 20. */
const REFERENCE_MS = 23;

const ITEMS = Array.from({ length: 1_500 }, (_, n) => ({
  name: `item ${n}`,
  labels: { host: `node-${n}.example`, text: 'é"'.repeat(40) },
  at: '2026-01-05T09:00:00.000Z',
}));
const TEXT = JSON.stringify(ITEMS);

/** Does the work. @returns a number that depends on all of it, so that the engine cannot leave out a part */
function work(): number {
  let sum = 0;
  for (let round = 0; round < 4; round++) {
    const items = JSON.parse(TEXT) as typeof ITEMS;
    for (const { labels, at, ...rest } of items) {
      sum += labels.text.replace(/"/g, '\\"').length + Object.keys({ ...rest, ...labels }).length;
      if (/^node-\d+\.example$/.test(labels.host)) sum += new Date(at).getTime() % 7;
    }
    sum += JSON.stringify(items).length;
  }
  return sum;
}

/** The engine compiles the work during the first runs. */
const WARM_UP = 15;

/** Processor time of one run of the yardstick, in milliseconds. */
export function yardstickMs(): number {
  const [cpu, wall] = [cpuMs(), performance.now()];
  work();
  return Math.min(cpuMs() - cpu, performance.now() - wall);
}

/** Measures how much slower this machine is than the reference machine. */
export interface Slowness {
  /** The least of all runs so far, as a multiple of the reference; at least 1. Each call adds some runs. */
  now(): number;
}

let isWarm = false;

/** For one comparison: the least of its runs counts, as the least of several tries does for what is compared. */
export function slowness(runs = 3): Slowness {
  let least = Number.POSITIVE_INFINITY;
  return {
    now() {
      if (!isWarm) for (let n = 0; n < WARM_UP; n++) work();
      isWarm = true;
      for (let n = 0; n < runs; n++) least = Math.min(least, yardstickMs());
      return Math.max(1, least / REFERENCE_MS);
    },
  };
}
