import { asProblem } from '../db/pool';
import { unavailable } from '../ports/problem';

/**
 * Group commit. What is handed in while groups are under way waits and becomes the next **group**, which is handled as
 * one: under load a commit is shared by many, at rest nobody waits for company. A group is of one **lane** (who asks).
 * Two members with the same **key** are handled in the same group or one after the other, never side by side.
 */
export interface Member {
  lane: string;
  key: string;
  /** What the member adds to the statement of its group, about in characters; nothing if absent. */
  weight?: number;
}

export interface IntakeOptions<M extends Member, R> {
  /** Handles a group; answers in the order of its members. A failure is the whole group's. */
  handle: (members: M[]) => Promise<R[]>;
  /** How many groups may be under way. */
  atOnce?: number;
  /** A group that takes longer is held up by something of its own: it makes room for others, one by one; never where absent. */
  slowAfterMs?: number;
  /** How many slow ones may be under way besides. */
  mostSlow?: number;
  largestGroup?: number;
  /** Sum of the weights of a group; a heavier member is a group of its own. */
  heaviestGroup?: number;
  /** How many members may wait; beyond that they are refused, to be sent again. */
  mostWaiting?: number;
}

export interface Intake<M extends Member, R> {
  /** @throws Problem `unavailable` when too many wait, or when the group's database cannot be reached */
  submit(member: M): Promise<R>;
  /** Resolves when nothing waits and no group is under way. */
  quiet(): Promise<void>;
}

interface Waiting<M, R> {
  member: M;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

export function groupCommit<M extends Member, R>(options: IntakeOptions<M, R>): Intake<M, R> {
  const { handle, atOnce = 2, slowAfterMs, mostSlow = 4, largestGroup = 500, mostWaiting = 20_000 } = options;
  const { heaviestGroup = 1024 * 1024 } = options;
  let waiting: Waiting<M, R>[] = [];
  let underWay = 0;
  let slow = 0;
  let scheduled = false;
  const busy = new Set<string>();
  const rest: (() => void)[] = [];

  function nextGroup(): Waiting<M, R>[] {
    // Whatever holds one up may hold up others too, and shall not take with it those it does not concern.
    const most = slow > 0 ? 1 : largestGroup;
    const group: Waiting<M, R>[] = [];
    const left: Waiting<M, R>[] = [];
    let heavy = 0;
    for (const item of waiting) {
      const lane = group[0]?.member.lane ?? item.member.lane;
      const { weight = 0 } = item.member;
      const room = group.length === 0 || (group.length < most && heavy + weight <= heaviestGroup);
      const fits = room && item.member.lane === lane && !busy.has(item.member.key);
      if (fits) heavy += weight;
      (fits ? group : left).push(item);
    }
    waiting = left;
    return group;
  }

  /** Requests read from their sockets in the same turn belong to the same group, also where one has just made room for it. */
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(pump);
  }

  function pump(): void {
    scheduled = false;
    while (underWay - Math.min(slow, mostSlow) < atOnce && waiting.length > 0) {
      const group = nextGroup();
      if (group.length === 0) return;
      underWay += 1;
      const keys = new Set(group.map(({ member }) => member.key));
      for (const key of keys) busy.add(key);
      const watch = watchedForSlowness();
      void handleGroup(group).finally(() => {
        watch.end();
        underWay -= 1;
        for (const key of keys) busy.delete(key);
        schedule();
        if (underWay === 0 && waiting.length === 0) for (const wake of rest.splice(0)) wake();
      });
    }
  }

  /** Makes room beside a group that takes long, until its end. */
  function watchedForSlowness(): { end(): void } {
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

  /** Settles every member of a group; never rejects. */
  async function handleGroup(group: Waiting<M, R>[]): Promise<void> {
    try {
      const results = await handle(group.map(({ member }) => member));
      for (const [i, { resolve }] of group.entries()) resolve(results[i] as R);
    } catch (error) {
      if (group.length === 1 || asProblem(error)?.kind === 'unavailable') {
        for (const { reject } of group) reject(error);
        return;
      }
      // One member may be at fault: each is tried for itself, so that it fails alone.
      for (const item of group) await handleGroup([item]);
    }
  }

  return {
    submit(member) {
      if (waiting.length >= mostWaiting)
        return Promise.reject(unavailable('Too many alerts are waiting to be stored.'));
      return new Promise((resolve, reject) => {
        waiting.push({ member, resolve, reject });
        schedule();
      });
    },
    quiet: () =>
      underWay === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => rest.push(resolve)),
  };
}
