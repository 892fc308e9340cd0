import { asProblem } from '../db/pool';
import { unavailable } from '../ports/problem';

/**
 * Group commit. Members that are submitted while groups are running wait and form the next **group**, which is committed
 * together. Under load many members share a commit; when idle a member is committed at once. All members of a group have
 * the same **lane** (the caller). Two members with the same **key** are in the same group or run one after the other.
 *
 * Lanes take turns, so that a lane with many members does not delay the others: after a group of a lane, the lane that
 * waits longest since its last group is next. While several lanes submit, each leaves one of several places for a running
 * group to the others. A lane is refused only if it holds its share of the places itself.
 */
export interface Member {
  lane: string;
  key: string;
  /** Approximate characters that the member adds to the statement of its group; 0 if absent. */
  weight?: number;
}

export interface IntakeOptions<M extends Member, R> {
  /** Handles a group; returns the results in the order of its members. If it rejects, the whole group has failed. */
  handle: (members: M[]) => Promise<R[]>;
  /** How many groups run at once, slow ones not counted. */
  atOnce?: number;
  /** A group that runs longer is slow, for example because it waits for a lock; absent: no group is slow. */
  slowAfterMs?: number;
  /** How many slow groups may run in addition to `atOnce`. */
  mostSlow?: number;
  largestGroup?: number;
  /** The same for a second after members of another lane, so that none of them waits for a long group; absent: no other. */
  largestShared?: number;
  /** The largest sum of weights in a group; a member that is heavier forms a group alone. */
  heaviestGroup?: number;
  /**
   * How many members may wait. Further ones are refused as unavailable, except those of a lane that holds less than its
   * share; so at most twice as many wait.
   */
  mostWaiting?: number;
}

export interface Intake<M extends Member, R> {
  /** @throws Problem `unavailable` if too many members wait, or if the database cannot be reached */
  submit(member: M): Promise<R>;
  /** Resolves when no member waits and no group runs. */
  quiet(): Promise<void>;
}

interface Waiting<M, R> {
  member: M;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/** So long after a change of the lane, groups are small. */
const SHARED_FOR_MS = 1_000;

/** Queues members and handles them in groups; see `Member`. */
export function groupCommit<M extends Member, R>(options: IntakeOptions<M, R>): Intake<M, R> {
  const { handle, atOnce = 2, slowAfterMs, mostSlow = 4, largestGroup = 500, mostWaiting = 20_000 } = options;
  const { heaviestGroup = 1024 * 1024, largestShared = largestGroup } = options;
  const waiting = lanesOf<Waiting<M, R>>();
  let running = 0;
  let slow = 0;
  let scheduled = false;
  let lastLane: string | undefined;
  let sharedUntil = 0;
  const busy = new Set<string>();
  const runningOf = new Map<string, number>();
  const quietWaiters: (() => void)[] = [];

  function nextGroup(): Waiting<M, R>[] {
    const shared = performance.now() < sharedUntil;
    // While a group is slow, members go one at a time, so that the same lock does not block unrelated members.
    const most = slow > 0 ? 1 : shared ? largestShared : largestGroup;
    const mostOfLane = shared && atOnce > 2 ? atOnce - 1 : atOnce + mostSlow;
    for (const lane of waiting.inTurn()) {
      if ((runningOf.get(lane) ?? 0) >= mostOfLane) continue;
      const group: Waiting<M, R>[] = [];
      const left: Waiting<M, R>[] = [];
      let heavy = 0;
      for (const item of waiting.of(lane)) {
        const { weight = 0, key } = item.member;
        const hasSpace = group.length === 0 || (group.length < most && heavy + weight <= heaviestGroup);
        const fits = hasSpace && !busy.has(key);
        if (fits) heavy += weight;
        (fits ? group : left).push(item);
      }
      if (group.length === 0) continue;
      waiting.served(lane, left);
      return group;
    }
    return [];
  }

  /** Waits for the end of the turn, so that requests read from their sockets in one turn share a group. */
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(pump);
  }

  function pump(): void {
    scheduled = false;
    while (running - Math.min(slow, mostSlow) < atOnce && waiting.size() > 0) {
      const group = nextGroup();
      if (group.length === 0) return;
      running += 1;
      const { lane } = (group[0] as Waiting<M, R>).member;
      runningOf.set(lane, (runningOf.get(lane) ?? 0) + 1);
      const keys = new Set(group.map(({ member }) => member.key));
      for (const key of keys) busy.add(key);
      const slowTimer = startSlowTimer();
      void handleGroup(group).finally(() => {
        slowTimer.end();
        running -= 1;
        for (const key of keys) busy.delete(key);
        const left = (runningOf.get(lane) ?? 1) - 1;
        if (left === 0) runningOf.delete(lane);
        else runningOf.set(lane, left);
        schedule();
        if (running === 0 && waiting.size() === 0) for (const wake of quietWaiters.splice(0)) wake();
      });
    }
  }

  /** Counts a group as slow from `slowAfterMs` until its end. */
  function startSlowTimer(): { end(): void } {
    if (slowAfterMs === undefined) return { end() {} };
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      slow += 1;
      schedule();
    }, slowAfterMs);
    return {
      end() {
        clearTimeout(timer);
        if (isSlow) slow -= 1;
      },
    };
  }

  /** Resolves or rejects every member of a group; never rejects itself. */
  async function handleGroup(group: Waiting<M, R>[]): Promise<void> {
    try {
      const results = await handle(group.map(({ member }) => member));
      for (const [i, { resolve }] of group.entries()) resolve(results[i] as R);
    } catch (error) {
      if (group.length === 1 || asProblem(error)?.kind === 'unavailable') {
        for (const { reject } of group) reject(error);
        return;
      }
      // One member can be the cause: try each alone, so that only that one fails.
      for (const item of group) await handleGroup([item]);
    }
  }

  return {
    submit(member) {
      const held = waiting.size();
      if (held >= 2 * mostWaiting || (held >= mostWaiting && waiting.holdsShare(member.lane, mostWaiting)))
        return Promise.reject(unavailable('Too many alerts are waiting to be stored.'));
      if (member.lane !== lastLane) {
        if (lastLane !== undefined) sharedUntil = performance.now() + SHARED_FOR_MS;
        lastLane = member.lane;
      }
      return new Promise((resolve, reject) => {
        waiting.add(member.lane, { member, resolve, reject });
        schedule();
      });
    },
    quiet: () =>
      running === 0 && waiting.size() === 0 ? Promise.resolve() : new Promise((resolve) => quietWaiters.push(resolve)),
  };
}

/** Waiting items by their lanes. */
interface Lanes<T> {
  size(): number;
  add(lane: string, item: T): void;
  of(lane: string): readonly T[];
  /** The lanes with items; the one whose last turn is longest ago comes first. */
  inTurn(): string[];
  /** Ends the turn of a lane, of which these items are left. */
  served(lane: string, left: T[]): void;
  /** Whether a lane holds its share of so many places. */
  holdsShare(lane: string, places: number): boolean;
}

/** A map keeps the order in which its keys were added, so a lane that had its turn is added again at the end. */
function lanesOf<T>(): Lanes<T> {
  const lanes = new Map<string, T[]>();
  let size = 0;
  return {
    size: () => size,
    add(lane, item) {
      size += 1;
      const own = lanes.get(lane);
      if (own === undefined) lanes.set(lane, [item]);
      else own.push(item);
    },
    of: (lane) => lanes.get(lane) ?? [],
    inTurn: () => [...lanes.keys()],
    served(lane, left) {
      size -= (lanes.get(lane)?.length ?? 0) - left.length;
      lanes.delete(lane);
      if (left.length > 0) lanes.set(lane, left);
    },
    holdsShare(lane, places) {
      const own = lanes.get(lane)?.length ?? 0;
      return own >= places / Math.max(1, lanes.size + (lanes.has(lane) ? 0 : 1));
    },
  };
}
