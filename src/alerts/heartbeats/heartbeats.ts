import { randomUUID } from 'node:crypto';
import { days } from '../../kernel/clock';
import { type NewEvent, record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract, AlertsEvent } from '../contract';
import { MOST_HEARTBEATS, PINGS_KEPT, PINGS_LISTED } from '../contract/heartbeats';
import { NO_PULSE } from '../domain/heartbeats';
import {
  addHeartbeat,
  countHeartbeats,
  enqueueLook,
  type HeartbeatRow,
  heartbeatById,
  lockHeartbeat,
  saveHeartbeat,
  slugTaken,
  withDeadline,
} from '../store/heartbeats';
import { bodyOfPing, lastPings } from '../store/pings';
import { applied, type Changes, paused, scheduleOf, slugOf } from './changes';
import { type HeartbeatDeps, listed } from './listed';
import { presentHeartbeat, presentPing } from './present';

type Operations = Pick<
  Service<AlertsContract>,
  | 'listHeartbeats'
  | 'getHeartbeat'
  | 'createHeartbeat'
  | 'updateHeartbeat'
  | 'deleteHeartbeat'
  | 'pauseHeartbeat'
  | 'resumeHeartbeat'
  | 'heartbeatPings'
  | 'pingBody'
>;

export interface Heartbeats extends Operations {
  /**
   * Adds the heartbeat that a ping with `create=1` names, if none has its slug: once a day, with a grace of an hour. It
   * belongs to the team of the key, else to the service of the slug's name.
   * @returns whether it was added
   */
  createForPing(slug: string, team: string | null, caller: Caller): Promise<boolean>;
}

const notFound = (): Problem => new Problem('not-found', 'Heartbeat not found');
const slugConflict = (slug: string): Problem =>
  new Problem('conflict', `A heartbeat with the slug '${slug}' exists. Choose another slug.`, {
    errors: [{ path: 'slug', message: 'Another heartbeat has this slug' }],
  });

const event = (
  kind: AlertsEvent,
  { id, name, slug }: Pick<HeartbeatRow, 'id' | 'name' | 'slug'>,
  caller: Caller,
  at: Date,
): NewEvent<AlertsEvent> => ({ kind, subject: id, actor: caller.actor, data: { name, slug }, at });

/** A day and an hour, for heartbeats that a ping creates. */
const DAILY = { period: days(1) / 1_000, grace: 3_600 };

export function heartbeats(deps: HeartbeatDeps): Heartbeats {
  const { db, clock, publicUrl } = deps;

  async function shown(row: HeartbeatRow) {
    const recent = (await lastPings(db, [row.id], PINGS_LISTED)).get(row.id) ?? [];
    return presentHeartbeat(row, recent, { publicUrl, now: clock.now() });
  }

  /** @throws Problem `not-found` */
  async function ofId(given: string): Promise<HeartbeatRow> {
    const id = idOf(given);
    const row = id === null ? undefined : await heartbeatById(db, id);
    if (row === undefined) throw notFound();
    return row;
  }

  /** Changes a heartbeat and enqueues a look at it. Nothing happens if `change` returns null. */
  async function change(
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

  const setPaused = (id: string, to: boolean, caller: Caller) =>
    change(id, to ? 'heartbeat_paused' : 'heartbeat_resumed', caller, (row, now) =>
      row.paused === to ? null : paused(row, to, now),
    );

  /** @returns false if the slug is taken */
  async function add(row: HeartbeatRow, caller: Caller): Promise<boolean> {
    return db.transaction(async (trx) => {
      if ((await countHeartbeats(trx)) >= MOST_HEARTBEATS) {
        throw new Problem('conflict', `There are ${MOST_HEARTBEATS} heartbeats already. Delete some first.`);
      }
      if (!(await addHeartbeat(trx, row))) return false;
      await record(trx, [event('heartbeat_created', row, caller, row.createdAt)], caller);
      return true;
    });
  }

  return {
    listHeartbeats: (input) => listed(deps, input),
    getHeartbeat: async ({ id }) => shown(await ofId(id)),

    async createHeartbeat({ slug: given, schedule, ...input }, caller) {
      const now = clock.now();
      const slug = given ?? slugOf(input.name);
      if (slug === '')
        throw invalid([{ path: 'slug', message: 'Give a slug: the name has no letters or digits for one' }]);
      const row = newRow({ ...input, slug, schedule: scheduleOf(schedule, now) }, caller, now);
      if (!(await add(row, caller))) throw slugConflict(slug);
      return shown(row);
    },

    async updateHeartbeat({ id, ...changes }, caller) {
      const row = await change(id, 'heartbeat_updated', caller, (before, now) =>
        applied(before, changes satisfies Changes, now),
      );
      return shown(row);
    },

    async deleteHeartbeat({ id }, caller) {
      await change(id, 'heartbeat_deleted', caller, (row, now) => ({ ...row, deletedAt: now }));
    },

    pauseHeartbeat: async ({ id }, caller) => shown(await setPaused(id, true, caller)),
    resumeHeartbeat: async ({ id }, caller) => shown(await setPaused(id, false, caller)),

    async heartbeatPings({ id: given }) {
      const { id } = await ofId(given);
      const pings = (await lastPings(db, [id], PINGS_KEPT)).get(id) ?? [];
      return {
        pings: pings.map((ping) => ({
          ...presentPing(ping),
          ...{ rid: ping.rid, method: ping.method, body_bytes: ping.body_bytes },
        })),
      };
    },

    async pingBody({ id: given, number }) {
      const { id } = await ofId(given);
      const body = await bodyOfPing(db, id, number);
      if (body === undefined) throw new Problem('not-found', 'This ping is not kept any more.');
      return { body };
    },

    async createForPing(slug, team, caller) {
      if (await slugTaken(db, slug, null)) return false;
      const owner = team === null ? { service: slug } : { team };
      const definition = { name: slug, slug, severity: 'high' as const, schedule: DAILY, paused: false, ...owner };
      return add(newRow(definition, caller, clock.now()), caller);
    },
  };
}

type Definition = Pick<HeartbeatRow, 'name' | 'slug' | 'severity' | 'schedule' | 'paused'> & {
  team?: string | undefined;
  service?: string | undefined;
};

const newRow = ({ team, service, ...definition }: Definition, caller: Caller, now: Date): HeartbeatRow => ({
  ...definition,
  team: team ?? null,
  service: service ?? null,
  ...{ id: randomUUID(), pingId: randomUUID(), createdAt: now, createdBy: caller.actor },
  ...{ deletedAt: null, pings: 0, lastPingAt: null, lastRunMs: null, dueAt: null, downAt: null, alerting: false },
  pulse: NO_PULSE,
});
