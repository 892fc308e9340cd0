import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { StepTarget } from '../domain/policy';
import { keyOf } from '../domain/rotation';
import { nextInTurn, type Turn } from '../domain/roundRobin';
import type { Escalation } from '../store/escalations';
import { lockTurn, saveTurn, type TurnOf, turnOf } from '../store/turns';
import type { ServiceDeps } from './deps';
import { type Previewer, previewAll } from './notifyTarget';
import type { StepPlan } from './steps';

/** The targets of round-robin steps: their rooms, and the one person whose turn it is. */

type PersonTarget = Extract<StepTarget, { kind: 'person' }>;
type Resolved = StepPlan['resolved'];

const isPerson = (target: StepTarget): target is PersonTarget => target.kind === 'person';

/** The people of a step who can be reached now. */
async function reachableOf(notify: Previewer, people: readonly PersonTarget[], caller: Caller) {
  const told = await previewAll(notify, people, caller);
  const reached = new Set(told.flatMap(({ to, reachable }) => (reachable ? [keyOf(people[to] as PersonTarget)] : [])));
  return (person: PersonTarget) => reached.has(keyOf(person));
}

interface InTurn {
  turn: TurnOf;
  resolved: Resolved;
  /** The addresses of people who are left out. */
  spared: ReadonlySet<string>;
  /** The addresses of people who were paged in this run of the step and not reached; its rooms were notified with them. */
  passedOver: ReadonlySet<string>;
}

/** The people who take turns: all but those who were passed over and the spared ones; the latter too, if there are no others. */
function peopleOf({
  resolved,
  spared,
  passedOver,
}: Pick<InTurn, 'resolved' | 'spared' | 'passedOver'>): PersonTarget[] {
  const people = resolved.targets.filter(isPerson).filter((one) => !passedOver.has(keyOf(one)));
  const others = people.filter((one) => !spared.has(keyOf(one)));
  return others.length > 0 ? others : people;
}

const only = ({ targets, answer }: Resolved, person: PersonTarget | undefined, others: number): Resolved => ({
  targets: targets.filter((target) => !isPerson(target) || target === person),
  answer: { ...answer, why: `${answer.why}, in_turn`, ...(others > 0 && { others_in_turn: others }) },
});

/** The same step without its rooms, if a run of it goes on with another person. */
const withoutRooms = ({ targets, answer }: Resolved): Resolved => ({ targets: targets.filter(isPerson), answer });

/**
 * Records a round-robin step with the person whose turn it is. Runs of one step wait for each other, and a repeated command
 * takes no further turn.
 */
export async function writeInTurn(
  { db, notify }: Pick<ServiceDeps, 'db' | 'notify'>,
  { turn, resolved: all, spared, passedOver }: InTurn,
  write: (trx: Db, resolved: Resolved) => Promise<Escalation | null>,
  caller: Caller,
): Promise<Escalation | null> {
  const resolved = passedOver.size > 0 ? withoutRooms(all) : all;
  const people = peopleOf({ resolved, spared, passedOver });
  if (people.length === 0) return write(db, only(resolved, undefined, 0));
  const canReach = await reachableOf(notify, people, caller);
  return withRetry(db, async (trx) => {
    const next = nextInTurn(people, await lockTurn(trx, turn), canReach);
    const others = people.filter((one) => one !== next?.person && canReach(one)).length;
    const added = await write(trx, only(resolved, next?.person, others));
    if (added !== null && next !== null) await saveTurn(trx, turn, next.turn);
    return added;
  });
}

/** The targets of a round-robin step as they are now, `ahead` turns later. Takes no turn. */
export async function foreseenInTurn(
  { db, notify }: Pick<ServiceDeps, 'db'> & { notify: Previewer },
  { turn, resolved, ahead }: { turn: TurnOf | null; resolved: Resolved; ahead: number },
  caller: Caller,
): Promise<Resolved> {
  const people = peopleOf({ resolved, spared: new Set(), passedOver: new Set() });
  if (people.length === 0) return resolved;
  const last: Turn | null = turn === null ? null : await turnOf(db, turn);
  const canReach = await reachableOf(notify, people, caller);
  return only(resolved, nextInTurn(people, last, canReach, ahead)?.person, 0);
}
