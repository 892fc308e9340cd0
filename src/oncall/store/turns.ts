import type { Db } from '../../kernel/db/pool';
import type { Turn } from '../domain/roundRobin';

/** A step of the policy of a team. */
export interface TurnOf {
  policy: string;
  step: number;
}

/** The turn of a step; null if it has not run yet. */
export async function turnOf(db: Db, of: TurnOf): Promise<Turn | null> {
  const row = await db('policy_turns').where(of).first('email', 'place');
  return row ?? null;
}

/** The turn of a step, which no other transaction reads until this one ends; a step that has not run yet counts too. */
export async function lockTurn(trx: Db, of: TurnOf): Promise<Turn | null> {
  await trx.raw('select pg_advisory_xact_lock(hashtextextended(:of, 0))', { of: `turn ${of.step} ${of.policy}` });
  return turnOf(trx, of);
}

export async function saveTurn(trx: Db, of: TurnOf, turn: Turn): Promise<void> {
  await trx('policy_turns')
    .insert({ ...of, ...turn })
    .onConflict(['policy', 'step'])
    .merge();
}
