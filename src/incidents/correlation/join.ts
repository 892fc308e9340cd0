import { groupCommit, type Member } from '../../kernel/async/groupCommit';
import { type By, kindOf } from '../../kernel/events/events';
import type { AlertSnapshot } from '../contract';
import type { Deps } from '../deps';
import { attachToOpenIncidents, type Joined } from '../store/attach';

interface Asking extends Member {
  by: By;
  alerts: readonly AlertSnapshot[];
}

/** Lets alerts join the incidents that hold the slots of their keys; answers which did. */
export type AttachToOpen = (alerts: readonly AlertSnapshot[], by: By) => Promise<Joined>;

/** Each is a group of alerts already. */
const LARGEST_GROUP = 8;
const MOST_WAITING = 1_000;
/** Then it waits for a slot that somebody else holds, and who wants another one shall not wait with it. */
const HELD_UP_AFTER_MS = 100;

/**
 * In a storm all groups meet the same slots. Side by side they would wait for each other in the database and then look at
 * every row once more, so that in one process they join one after the other, and together where several wait.
 */
export function attachToOpen({ db, clock }: Pick<Deps, 'db' | 'clock'>, since: (now: Date) => Date): AttachToOpen {
  const groups = groupCommit<Asking, Joined>({
    atOnce: 1,
    slowAfterMs: HELD_UP_AFTER_MS,
    largestGroup: LARGEST_GROUP,
    mostWaiting: MOST_WAITING,
    async handle(members) {
      const now = clock.now();
      const [{ by }] = members as [Asking];
      const alerts = members.flatMap((member) => member.alerts);
      const joined = await attachToOpenIncidents(db, alerts, { now, since: since(now), by });
      return members.map(() => joined);
    },
  });
  return (alerts, by) => groups.submit({ lane: `${kindOf(by)} ${by.actor}`, key: alerts[0]?.id ?? '', alerts, by });
}
