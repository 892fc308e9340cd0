import { asProblem } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { Incident, IncidentsContract } from '../contract';

/** Bulk changes: each incident is changed on its own, so that a refused change does not affect the others. */

type Results = Awaited<ReturnType<Service<IncidentsContract>['bulk']>>;
type Result = Results['results'][number];
type Change = (id: string, caller: Caller) => Promise<Incident>;
type SingleChanges = Pick<Service<IncidentsContract>, 'update' | 'undo'>;

/** Concurrent changes of one request; each holds a database connection. */
const CONCURRENCY = 4;

/** The bulk operations. */
export function bulks({ update, undo }: SingleChanges): Pick<Service<IncidentsContract>, 'bulk' | 'undoBulk'> {
  return {
    bulk: ({ ids, status, notes }, caller) =>
      inBulk(ids, caller, (id) => update({ id, status, ...(notes && { notes }) }, caller)),
    undoBulk: ({ ids }, caller) => inBulk(ids, caller, (id) => undo({ id }, caller)),
  };
}

async function one(id: string, caller: Caller, change: Change): Promise<Result> {
  try {
    return { id, done: true, incident: await change(id, caller), problem: null };
  } catch (error) {
    const problem = error instanceof Problem ? error : asProblem(error);
    if (problem === undefined) throw error;
    const { kind, detail } = problem;
    return { id, done: false, incident: null, problem: { kind, detail } };
  }
}

async function inBulk(ids: readonly string[], caller: Caller, change: Change): Promise<Results> {
  const order = [...new Set(ids.map((id) => id.toLowerCase()))];
  const waiting = [...order];
  const results = new Map<string, Result>();
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      results.set(id, await one(id, caller, change));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { results: order.map((id) => results.get(id) as Result) };
}
