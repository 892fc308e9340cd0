import { type Clock, hours, seconds } from '../clock';
import type { Db } from '../db/pool';
import { Problem } from '../ports/problem';
import type { Walk, WalkStep } from '../ports/walk';
import { enqueue, RetryIn } from './jobs';

/** One step of the self-watch: what every module does with a walk. See `ports/walk.ts`. */

/** How long a walk is kept. A job that could not pass it on until then drops it. */
export const WALK_KEPT_MS = hours(1);
/** The retry interval while the next module is away. */
const ASK_AGAIN_MS = seconds(3);

/** The payloads of the jobs, apart from the kind that passes a walk on: a module can name it. */
export type WalkJobs = {
  walk: Walk;
  /** Deletes the walks that are older than an hour. */
  forget_walks: object;
};

export interface WalkDeps {
  db: Db;
  clock: Clock;
  /** Kind of the job that passes a walk on. */
  kind?: string;
}

/** Stores a walk and enqueues the job that passes it on, in one transaction. A repeated call changes nothing. */
export async function takeWalk({ db, clock, kind = 'walk' }: WalkDeps, { id, started_at }: Walk): Promise<void> {
  const now = clock.now();
  await db.transaction(async (trx) => {
    const row = { id, started_at: new Date(started_at), taken_at: now };
    const { length } = await trx('walks').insert(row).onConflict('id').ignore().returning('id');
    if (length === 0) return;
    const forgetAt = new Date(now.getTime() + WALK_KEPT_MS);
    await enqueue(trx, now, [
      { kind, key: `walk:${id}`, payload: { id, started_at } },
      { kind: 'forget_walks', key: 'forget_walks', payload: {}, runAt: forgetAt },
    ]);
  });
}

/** How far a walk came in the module of this database. */
export async function walkStep(db: Db, id: string): Promise<WalkStep> {
  const row = await db('walks').where({ id }).first('taken_at', 'passed_at');
  return { taken_at: row?.taken_at.toISOString() ?? null, passed_at: row?.passed_at?.toISOString() ?? null };
}

/**
 * The handlers of the jobs of a module.
 * @param pass gives a walk to the next module; while that is unavailable, the job runs again
 */
export function walkHandlers({ db, clock }: WalkDeps, pass: (walk: Walk) => Promise<unknown>) {
  return {
    async walk(walk: Walk): Promise<void> {
      if (clock.now().getTime() - Date.parse(walk.started_at) > WALK_KEPT_MS) return;
      try {
        await pass(walk);
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== 'unavailable') throw error;
        throw new RetryIn(ASK_AGAIN_MS * (0.75 + Math.random() / 2), error.detail, error.neighbour);
      }
      await db('walks').where({ id: walk.id }).whereNull('passed_at').update({ passed_at: clock.now() });
    },

    async forget_walks(): Promise<void> {
      const now = clock.now();
      await db('walks')
        .where('taken_at', '<=', new Date(now.getTime() - WALK_KEPT_MS))
        .delete();
      const oldest = await db('walks').orderBy('taken_at').first('taken_at');
      if (oldest === undefined) return;
      const runAt = new Date(oldest.taken_at.getTime() + WALK_KEPT_MS);
      await enqueue(db, now, [{ kind: 'forget_walks', key: 'forget_walks', payload: {}, runAt }]);
    },
  };
}

/** The operations of `walkOperations`. @param take stores a walk, if not at once */
export const walkAnswers = (deps: WalkDeps, take = (walk: Walk): Promise<void> => takeWalk(deps, walk)) => ({
  async walk(walk: Walk): Promise<Record<string, never>> {
    await take(walk);
    return {};
  },
  walked: ({ id }: { id: string }): Promise<WalkStep> => walkStep(deps.db, id),
});
