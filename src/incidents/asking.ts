import type { Caller } from '../kernel/contract';
import type { Assignee } from './domain/opening';
import type { Rooms } from './rooms';

/** Questions to oncall that an opening does not wait for: no answer in time is an answer too. */

const ANSWER_WITHIN_MS = 500;

export interface Responder {
  team: string | null;
  assignee: Assignee | null;
}

type Asking = Pick<Rooms, 'oncall' | 'log'>;

/** The team and the primary of each service; those that could not be asked for are missing. */
export async function respondersOf(
  { oncall, log }: Asking,
  services: readonly string[],
  caller: Caller,
): Promise<Map<string, Responder>> {
  if (services.length === 0) return new Map();
  const answer = await soon(log, oncall.responders({ services: [...new Set(services)] }, caller));
  const results = answer?.results ?? [];
  return new Map(results.map(({ service, team, primary }) => [service, { team, assignee: primary }]));
}

/** Whom a text names; `silent` where oncall did not say in time, which is not the same as nobody. */
export async function personNamed({ oncall, log }: Asking, text: string, caller: Caller): Promise<Assignee> {
  const person = await soon(log, oncall.findPerson({ text }, caller));
  return person ?? { name: text, email: null, silent: true };
}

async function soon<T>(log: Asking['log'], question: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ANSWER_WITHIN_MS, null);
  });
  const answered = question.catch((err: unknown) => {
    log.warn({ err }, 'oncall did not answer; going on without');
    return null;
  });
  const answer = await Promise.race([answered, late]);
  clearTimeout(timer);
  return answer;
}
