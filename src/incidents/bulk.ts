import type { Caller, Service } from '../kernel/contract';
import { asProblem } from '../kernel/db';
import { Problem } from '../kernel/problem';
import type { Incident, IncidentsContract } from './contract';

/** One change for many incidents: each for itself, so that one that is refused holds up no other. */

type Bulk = Service<IncidentsContract>['bulk'];
type Result = Awaited<ReturnType<Bulk>>['results'][number];
type Update = (
  input: { id: string; status: 'acknowledged' | 'resolved'; notes?: string },
  caller: Caller,
) => Promise<Incident>;

/** Each holds a connection; a long list must not take them all. */
const SIDE_BY_SIDE = 4;

export function inBulk(update: Update): Bulk {
  async function one(input: Parameters<Update>[0], caller: Caller): Promise<Result> {
    try {
      return { id: input.id, done: true, incident: await update(input, caller), problem: null };
    } catch (error) {
      const problem = error instanceof Problem ? error : asProblem(error);
      if (problem === undefined) throw error;
      const { kind, detail } = problem;
      return { id: input.id, done: false, incident: null, problem: { kind, detail } };
    }
  }

  return async ({ ids, status, notes }, caller) => {
    const waiting = [...new Set(ids.map((id) => id.toLowerCase()))];
    const results = new Map<string, Result>();
    const work = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        results.set(id, await one({ id, status, ...(notes && { notes }) }, caller));
      }
    };
    const order = [...waiting];
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    return { results: order.map((id) => results.get(id) as Result) };
  };
}
