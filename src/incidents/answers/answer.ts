import { type Clock, minutes } from '../../kernel/clock';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { AnswerResult } from '../../notify/contract';
import type { IncidentsContract } from '../contract';
import { answerInWords, holdsInWords, lastChange, ownerOf, waitsForMore } from './words';

/** Answers of people from their messages. Each one goes through the ordinary operation, with the person as the caller. */

type Operations = Pick<Service<IncidentsContract>, 'get' | 'update' | 'escalateIncident'>;
type Found = Awaited<ReturnType<Operations['get']>>;
type Answering = Pick<Service<IncidentsContract>, 'answer'>;
type Ask = Parameters<Answering['answer']>[0];

/** An answer that waited on a device for longer does not act. */
const LONGEST_WAIT_MS = minutes(10);
/** The clock of a device may be ahead by so much. */
const MOST_AHEAD_MS = minutes(1);
const AHEAD =
  'The clock of your device is ahead, so the incident may have changed since you answered. Open the incident, and answer there.';

/** Entries that change nothing for the person who answered, so an answer that waited still acts after them. */
const HARMLESS = new Set([
  ...['alert_correlated', 'alert_resolved', 'alert_acknowledged', 'alert_expired', 'alerts_hidden', 'note_added'],
  ...['paged', 'page_failed', 'page_deferred', 'nobody_reached', 'paging_started', 'room_notified'],
  ...['flapping_began', 'flapping_ended'],
]);

/** The operation by which an answer acts. */
export const createAnswers = (clock: Clock, operations: Operations): Answering => ({
  async answer(ask, caller) {
    const id = { id: ask.incident_id };
    const before = await operations.get(id, caller);
    const obstacle = obstacleOf(before, ask, clock.now());
    if (obstacle !== null) return resultOf(ask, before, ...obstacle);
    try {
      await act(operations, ask, caller);
    } catch (error) {
      if (!(error instanceof Problem && error.kind === 'conflict')) throw error;
      const now = await operations.get(id, caller);
      return resultOf(ask, now, 'already', holdsInWords(now, clock.now()) ?? error.detail);
    }
    const after = await operations.get(id, caller);
    const again = ask.action === 'acknowledge' && isRepeated(before, after) ? holdsInWords(after, clock.now()) : null;
    if (again !== null) return resultOf(ask, after, 'already', again);
    return resultOf(ask, after, 'done', answerInWords(ask.action, after));
  },
});

/** Why the answer changes nothing; null if it acts. */
function obstacleOf(incident: Found, ask: Ask, now: Date): [AnswerResult['result'], string] | null {
  const holds = movedOn(incident, ask) ? holdsInWords(incident, now) : null;
  if (holds !== null) return ['already', holds];
  if (ask.answered_at === undefined) return null;
  const answeredAt = Date.parse(ask.answered_at);
  if (answeredAt - now.getTime() > MOST_AHEAD_MS) return ['refused', AHEAD];
  if (now.getTime() - answeredAt > LONGEST_WAIT_MS) return ['expired', 'This answer is too old. Answer again.'];
  const changed = incident.timeline.some(
    ({ event_type, created_at }) => !HARMLESS.has(event_type) && Date.parse(created_at) > answeredAt,
  );
  return changed ? ['refused', 'The incident has changed since you answered. Look at it, and answer again.'] : null;
}

/**
 * An acknowledged incident is paged again after the time-out of its acknowledgement, or until enough people acknowledge; then
 * an answer still counts, also after the policy is exhausted.
 */
function movedOn({ status, escalation }: Found, { action }: Ask): boolean {
  if (status === 'resolved') return true;
  if (action !== 'acknowledge') return false;
  return status === 'in_progress' || (status === 'acknowledged' && (escalation?.state ?? 'stopped') === 'stopped');
}

/** Whether an acknowledgement counted no further person, and the escalation waits for more. */
const isRepeated = (before: Found, after: Found): boolean =>
  before.status === 'acknowledged' &&
  waitsForMore(after) &&
  before.escalation?.acknowledgements?.by.length === after.escalation?.acknowledgements?.by.length;

async function act(operations: Operations, { action, incident_id: id }: Ask, caller: Caller): Promise<void> {
  if (action === 'acknowledge') await operations.update({ id, status: 'acknowledged' }, caller);
  else if (action === 'resolve') await operations.update({ id, status: 'resolved' }, caller);
  else await operations.escalateIncident({ id, reason: `Escalated by ${caller.actor}` }, caller);
}

const resultOf = ({ action }: Ask, incident: Found, result: AnswerResult['result'], words: string): AnswerResult => ({
  action,
  result,
  incidentId: incident.id,
  title: incident.title,
  by: ownerOf(incident),
  at: lastChange(incident)?.created_at ?? null,
  words,
});
