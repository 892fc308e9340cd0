import type { PingKind } from '../domain/heartbeats';

/** The parts of a ping's URL, as healthchecks defines them. */

/** The heartbeat that a ping names: by its own address, or by a ping key and its slug. */
export type PingTarget = { pingId: string } | { key: string; slug: string };

export interface PingAddress {
  target: PingTarget;
  kind: PingKind;
  /** The exit code in the path; null for a word or none. */
  exitCode: number | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SLUG = /^[a-z0-9_-]{1,100}$/;
const LARGEST_EXIT_CODE = 255;
const KINDS: Readonly<Record<string, PingKind>> = { start: 'start', fail: 'fail', log: 'log' };

/**
 * Reads the path of a ping: `<id>[/action]` or `<key>/<slug>[/action]`. The action is `start`, `fail`, `log` or an
 * exit code from 0 to 255.
 * @param segments after `/ping/`, decoded
 * @returns `unknown` for a path that names no heartbeat (404), `invalid` for a slug or exit code that cannot be (400)
 */
export function pingAddress(segments: readonly string[]): PingAddress | 'unknown' | 'invalid' {
  const [first = '', second, third] = segments;
  const isId = UUID.test(first);
  if (isId && third !== undefined) return 'unknown';
  if (!isId && second === undefined) return 'unknown';
  const action = actionOf(isId ? second : third);
  if (typeof action === 'string') return action;
  if (isId) return { target: { pingId: first.toLowerCase() }, ...action };
  if (!SLUG.test(second as string)) return 'invalid';
  return { target: { key: first, slug: second as string }, ...action };
}

function actionOf(action: string | undefined): Omit<PingAddress, 'target'> | 'unknown' | 'invalid' {
  if (action === undefined) return { kind: 'success', exitCode: null };
  if (/^\d+$/.test(action)) {
    const exitCode = Number(action);
    if (exitCode > LARGEST_EXIT_CODE) return 'invalid';
    return { kind: exitCode === 0 ? 'success' : 'fail', exitCode };
  }
  const kind = Object.hasOwn(KINDS, action) ? KINDS[action] : undefined;
  return kind === undefined ? 'unknown' : { kind, exitCode: null };
}

/**
 * The run id of a ping, from its query.
 * @returns null without one, undefined if it is not a UUID
 */
export function ridOf(given: unknown): string | null | undefined {
  const rid: unknown = Array.isArray(given) ? given.at(-1) : given;
  if (rid === undefined) return null;
  return typeof rid === 'string' && UUID.test(rid) ? rid.toLowerCase() : undefined;
}
