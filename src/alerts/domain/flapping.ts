/** Flapping: an identity changes between firing and not firing too often. */

export interface FlappingSettings {
  /** So many changes within the window make an identity flap; below 2 none ever does. */
  changes: number;
  windowMs: number;
}

/** The latest changes of an identity, as times in milliseconds. */
export interface IdentityChanges {
  changes: readonly number[];
  /** If the identity changes once more before this time, it flaps; null without enough changes. */
  armedUntil: number | null;
  flappingSince: number | null;
  /** The first of the changes that made it flap, or that make it flap with one more. */
  first: number | null;
}

export const UNCHANGED: IdentityChanges = { changes: [], armedUntil: null, flappingSince: null, first: null };

/** An identity after more changes. It goes on flapping until `isQuiet`, or until a person resolves its incident. */
export function withChanges(
  before: IdentityChanges,
  times: readonly number[],
  { changes: most, windowMs }: FlappingSettings,
): IdentityChanges {
  if (most < 2) return before;
  const changes = [...before.changes, ...times].sort((a, b) => a - b).slice(-most);
  const latest = changes.at(-1) as number;
  const inWindow = changes.filter((time) => time > latest - windowMs);
  const armedBy = changes.at(-(most - 1)) ?? null;
  const armedUntil = armedBy === null ? null : armedBy + windowMs;
  if (before.flappingSince !== null) return { ...before, changes, armedUntil };
  const flaps = inWindow.length >= most;
  const first = flaps ? (inWindow[0] as number) : armedBy;
  return { changes, armedUntil, flappingSince: flaps ? latest : null, first };
}

/** Milliseconds until an identity that does not fire has been quiet for the window; 0 or less if it has. */
export const quietIn = ({ changes }: IdentityChanges, now: number, { windowMs }: FlappingSettings): number =>
  (changes.at(-1) ?? 0) + windowMs - now;
