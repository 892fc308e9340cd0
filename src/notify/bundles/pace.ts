import { seconds } from '../../kernel/clock';
import { SEVERITIES } from '../../kernel/ports/values';

/** Whether a page goes at once or waits for a bundle. Pure. */

/** A page to the same address. */
export interface RecentPage {
  at: Date;
  severity: string | null;
}

export interface Pace {
  /** Pages to the address, whether they went at once or were gathered; older ones than a minute do not count. */
  recent: readonly RecentPage[];
  /** When the last bundle to the address was made; null without one. */
  bundledAt: Date | null;
}

interface NewPage {
  severity: string | null;
  now: Date;
  /** Pages within a minute that go at once. */
  atOnce: number;
}

/** `gather`: the page waits for the bundle that is made at this time. */
export type Turn = { kind: 'at_once'; why: 'few' | 'more_severe' } | { kind: 'gather'; until: Date };

/** The span in which pages are counted, and between two bundles. */
export const WINDOW_MS = seconds(60);

/** Smaller is more severe; an unknown severity is the least. */
export function rankOf(severity: string | null): number {
  const rank = SEVERITIES.indexOf(severity as (typeof SEVERITIES)[number]);
  return rank < 0 ? SEVERITIES.length : rank;
}

/**
 * The first `atOnce` pages within a minute go at once, and so does a page that is more severe than all of the last minute. Any
 * other one waits until a minute has passed since the last bundle and since the oldest page that counts, so at most a minute.
 */
export function turnOf({ recent, bundledAt }: Pace, { severity, now, atOnce }: NewPage): Turn {
  const counted = recent.filter(({ at }) => at.getTime() > now.getTime() - WINDOW_MS);
  if (counted.length < atOnce) return { kind: 'at_once', why: 'few' };
  if (counted.every((page) => rankOf(severity) < rankOf(page.severity))) return { kind: 'at_once', why: 'more_severe' };
  const oldest = Math.min(...counted.map(({ at }) => at.getTime()));
  const began = Math.min(Math.max(oldest, bundledAt?.getTime() ?? oldest), now.getTime());
  return { kind: 'gather', until: new Date(began + WINDOW_MS) };
}
