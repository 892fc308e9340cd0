import { groupCommit, type Member } from '../../kernel/async/groupCommit';
import { type By, kindOf } from '../../kernel/events/events';
import type { AlertSnapshot } from '../contract';
import type { Deps } from '../deps';
import { attachToOpenIncidents, type Joined } from '../store/attachToOpen';

interface Request extends Member {
  by: By;
  alerts: readonly AlertSnapshot[];
}

/** Attaches alerts to the incidents that hold the slots of their keys. Returns which alerts were attached. */
export type AttachToOpen = (alerts: readonly AlertSnapshot[], by: By) => Promise<Joined>;

/** The most requests that one statement attaches; each request is a batch of alerts. */
const LARGEST_GROUP = 8;
/** The most alerts that several requests together attach, so that a single alert of another sender does not wait long. */
const MOST_ALERTS = 500;
const MOST_WAITING = 1_000;
/** After this time a statement probably waits for a locked slot; requests for other slots then run beside it. */
const HELD_UP_AFTER_MS = 100;

/**
 * In a storm all batches need the same slots. Concurrent statements would wait for each other in the database and then
 * read every row a second time. So one process runs one statement at a time, and combines the requests that wait.
 */
export function attachToOpen({ db, clock }: Pick<Deps, 'db' | 'clock'>, since: (now: Date) => Date): AttachToOpen {
  const groups = groupCommit<Request, Joined>({
    atOnce: 1,
    slowAfterMs: HELD_UP_AFTER_MS,
    largestGroup: LARGEST_GROUP,
    heaviestGroup: MOST_ALERTS,
    mostWaiting: MOST_WAITING,
    async handle(members) {
      const now = clock.now();
      const [{ by }] = members as [Request];
      const alerts = members.flatMap((member) => member.alerts);
      const joined = await attachToOpenIncidents(db, alerts, { now, since: since(now), by });
      return members.map(() => joined);
    },
  });
  return (alerts, by) => {
    const [lane, weight] = [`${kindOf(by)} ${by.actor}`, alerts.length];
    return groups.submit({ lane, weight, key: alerts[0]?.id ?? '', alerts, by });
  };
}
