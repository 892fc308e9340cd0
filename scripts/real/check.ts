import { eventually } from '../children';
import type { Check } from './questions';

/** Checks against the running product, which print one line each, and their counts. */
export interface Checks {
  check: Check;
  counts: { passed: number; failed: number };
  /** Counts and prints a failure that no check found. */
  failed(claim: string, reason: string): void;
}

/** @param withinMs how long a check is repeated until it passes */
export function checks(withinMs: number): Checks {
  const counts = { passed: 0, failed: 0 };
  const failed = (claim: string, reason: string): void => {
    counts.failed++;
    console.log(`not ok ${claim}${reason}`);
  };
  return {
    counts,
    failed,
    async check(claim, find) {
      let trouble = '';
      const attempt = () =>
        find().catch((error: Error) => {
          trouble = ` (${error.message})`;
          return undefined;
        });
      const found = await eventually(attempt, { withinMs, everyMs: 200 });
      if (found === undefined) {
        failed(claim, trouble);
        return undefined;
      }
      counts.passed++;
      console.log(`ok ${claim}`);
      return found;
    },
  };
}
