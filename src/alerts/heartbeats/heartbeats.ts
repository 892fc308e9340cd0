import { days } from '../../kernel/clock';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract } from '../contract';
import { PINGS_KEPT, PINGS_LISTED } from '../contract/heartbeats';
import { type HeartbeatRow, heartbeatById, slugTaken } from '../store/heartbeats';
import { bodyOfPing, lastPings } from '../store/pings';
import { applied, type Changes, paused, scheduleOf, slugOf } from './changes';
import { type HeartbeatDeps, listed } from './listed';
import { presentHeartbeat, presentPing } from './present';
import { changeHeartbeat, insertHeartbeat, newHeartbeat, notFound, slugConflict } from './write';

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

  const setPaused = (id: string, to: boolean, caller: Caller) =>
    changeHeartbeat(deps, id, to ? 'heartbeat_paused' : 'heartbeat_resumed', caller, (row, now) =>
      row.paused === to ? null : paused(row, to, now),
    );

  return {
    listHeartbeats: (input) => listed(deps, input),
    getHeartbeat: async ({ id }) => shown(await ofId(id)),

    async createHeartbeat({ slug: given, schedule, ...input }, caller) {
      const now = clock.now();
      const slug = given ?? slugOf(input.name);
      if (slug === '')
        throw invalid([{ path: 'slug', message: 'Give a slug: the name has no letters or digits for one' }]);
      const row = newHeartbeat({ ...input, slug, schedule: scheduleOf(schedule, now) }, caller, now);
      if (!(await insertHeartbeat(deps, row, caller))) throw slugConflict(slug);
      return shown(row);
    },

    async updateHeartbeat({ id, ...changes }, caller) {
      const row = await changeHeartbeat(deps, id, 'heartbeat_updated', caller, (before, now) =>
        applied(before, changes satisfies Changes, now),
      );
      return shown(row);
    },

    async deleteHeartbeat({ id }, caller) {
      await changeHeartbeat(deps, id, 'heartbeat_deleted', caller, (row, now) => ({ ...row, deletedAt: now }));
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
      return insertHeartbeat(deps, newHeartbeat(definition, caller, clock.now()), caller);
    },
  };
}
