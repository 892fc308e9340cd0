import { randomUUID } from 'node:crypto';
import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsEvent } from '../contract';
import { MOST_HEARTBEATS } from '../contract/heartbeats';
import { NO_PULSE } from '../domain/heartbeats';
import {
  addHeartbeat,
  countHeartbeats,
  enqueueLook,
  type HeartbeatRow,
  lockHeartbeat,
  saveHeartbeat,
  slugTaken,
  withDeadline,
} from '../store/heartbeats';

/** Writes of heartbeats, each in one transaction with its event and its next look. */
export interface WriteDeps {
  db: Db;
  clock: Clock;
}

export const notFound = (): Problem => new Problem('not-found', 'Heartbeat not found');
export const slugConflict = (slug: string): Problem =>
  new Problem('conflict', `A heartbeat with the slug '${slug}' exists. Choose another slug.`, {
    errors: [{ path: 'slug', message: 'Another heartbeat has this slug' }],
  });

const event = (
  kind: AlertsEvent,
  { id, name, slug }: Pick<HeartbeatRow, 'id' | 'name' | 'slug'>,
  caller: Caller,
  at: Date,
): NewEvent<AlertsEvent> => ({ kind, subject: id, actor: caller.actor, data: { name, slug }, at });

/**
 * Changes a heartbeat and enqueues a look at it. Nothing happens if `edit` returns null.
 * @throws Problem `not-found`, or `conflict` if another heartbeat has the new slug
 */
export async function changeHeartbeat(
  { db, clock }: WriteDeps,
  given: string,
  kind: AlertsEvent,
  caller: Caller,
  edit: (row: HeartbeatRow, now: Date) => HeartbeatRow | null,
): Promise<HeartbeatRow> {
  const id = idOf(given);
  return db.transaction(async (trx) => {
    const row = id === null ? undefined : await lockHeartbeat(trx, id);
    if (row === undefined || row.deletedAt !== null) throw notFound();
    const now = clock.now();
    const edited = edit(row, now);
    if (edited === null) return row;
    if (edited.slug !== row.slug && (await slugTaken(trx, edited.slug, row.id))) throw slugConflict(edited.slug);
    const after = withDeadline(edited);
    await saveHeartbeat(trx, after);
    await enqueueLook(trx, now, [{ id: row.id, runAt: now }]);
    await record(trx, [event(kind, after, caller, now)], caller);
    return after;
  });
}

/**
 * Adds a heartbeat.
 * @returns false if its slug, or its name of its tool, is taken
 * @throws Problem `conflict` if there are too many heartbeats
 */
export async function insertHeartbeat({ db }: WriteDeps, row: HeartbeatRow, caller: Caller): Promise<boolean> {
  return db.transaction(async (trx) => {
    if ((await countHeartbeats(trx)) >= MOST_HEARTBEATS) {
      throw new Problem('conflict', `There are ${MOST_HEARTBEATS} heartbeats already. Delete some first.`);
    }
    if (!(await addHeartbeat(trx, row))) return false;
    await record(trx, [event('heartbeat_created', row, caller, row.createdAt)], caller);
    return true;
  });
}

/** What a heartbeat is made of; exactly one of team and service is given. */
export type Definition = Pick<HeartbeatRow, 'name' | 'slug' | 'severity' | 'schedule' | 'paused'> & {
  team?: string | undefined;
  service?: string | undefined;
} & Partial<Pick<HeartbeatRow, 'tool' | 'details'>>;

/** A heartbeat without pings. */
export const newHeartbeat = (
  { team, service, tool = null, details = {}, ...definition }: Definition,
  caller: Caller,
  now: Date,
): HeartbeatRow => ({
  ...definition,
  team: team ?? null,
  service: service ?? null,
  ...{ tool, details, id: randomUUID(), pingId: randomUUID(), createdAt: now, createdBy: caller.actor },
  ...{ deletedAt: null, pings: 0, lastPingAt: null, lastRunMs: null, dueAt: null, downAt: null, alerting: false },
  pulse: NO_PULSE,
});
