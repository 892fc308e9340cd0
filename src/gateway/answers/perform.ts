import { withTimeout } from '../../kernel/async/withTimeout';
import { seconds } from '../../kernel/clock';
import { problemOf } from '../../kernel/http/edge';
import { maskText } from '../../kernel/mask';
import type { AnsweringPerson, AnswerResult, ResolvedAnswer } from '../../notify/contract';
import type { Deps } from '../deps';
import { callerOfPerson, NOT_KNOWN, type Origin } from './person';

/** Performs answers of people through the ordinary operations of incidents, as the person. */

export type AnswerDeps = Pick<Deps, 'db' | 'ports' | 'log'>;
type Answered = AnswerResult & { answer_id: string };

/** Providers wait for three seconds. A slower action goes on, and its result is not known in time. */
const WAIT_MS = seconds(2);
const TOO_SLOW = 'Tocsin needs longer than usual. Open the incident to see whether this worked.';
const AT_ONCE = 10;

/** The results of all answers of one request. Of several pages, those that are resolved already are left out. */
export async function performAll(
  deps: AnswerDeps,
  answers: readonly ResolvedAnswer[],
  origin: Origin,
  answeredAt?: string,
): Promise<Answered[]> {
  const results: Answered[] = [];
  for (let at = 0; at < answers.length; at += AT_ONCE) {
    const group = answers.slice(at, at + AT_ONCE);
    const done = await Promise.all(
      group.map(async (answer) => ({
        ...(await perform(deps, answer, origin, answeredAt)),
        answer_id: answer.answer_id,
      })),
    );
    results.push(...done.filter(({ result }, n) => result !== 'already' || !group[n]?.among_others));
  }
  return results;
}

type Ask = Pick<ResolvedAnswer, 'action' | 'incident_id' | 'person' | 'result'>;

/** The result of one answer. `answeredAt`: when the person gave it, if it waited on a device. */
async function perform(
  deps: AnswerDeps,
  { action, incident_id, person, result }: Ask,
  origin: Origin,
  answeredAt?: string,
): Promise<AnswerResult> {
  if (result !== null) return result;
  const nothing = { action, incidentId: incident_id, title: null, by: null, at: null };
  if (incident_id === null || person === null) return { ...nothing, result: 'unknown_sender', words: NOT_KNOWN };
  try {
    const acting = act(deps, { action, incident_id, person }, origin, answeredAt);
    return await withTimeout(acting, WAIT_MS).catch((error: unknown) => {
      acting.catch(() => {});
      throw error;
    });
  } catch (error) {
    const { kind, detail } = problemOf(error);
    if (kind === 'internal') deps.log.warn({ err: error, request_id: origin.requestId }, 'an answer failed');
    const words = kind === 'internal' || kind === 'unavailable' ? TOO_SLOW : detail;
    return { ...nothing, result: kind === 'not-found' ? 'unknown_page' : 'failed', words };
  }
}

async function act(
  deps: AnswerDeps,
  { action, incident_id, person }: Pick<Ask, 'action'> & { incident_id: string; person: AnsweringPerson },
  origin: Origin,
  answeredAt: string | undefined,
): Promise<AnswerResult> {
  const nothing = { action, incidentId: incident_id, title: null, by: null, at: null };
  const caller = await callerOfPerson(deps, person, origin);
  if (typeof caller === 'string') {
    return { ...nothing, result: caller === NOT_KNOWN ? 'unknown_sender' : 'refused', words: caller };
  }
  const ask = { incident_id, action, ...(answeredAt !== undefined && { answered_at: answeredAt }) };
  const result = await deps.ports.incidents.answer(ask, caller);
  const { title, words } = result;
  return { ...result, title: title === null ? null : maskText(title), words: maskText(words) };
}
