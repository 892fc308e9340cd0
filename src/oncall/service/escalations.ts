import { randomUUID } from 'node:crypto';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { type Db, withRetry } from '../../kernel/db/pool';
import { attributed, type By } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { OncallContract } from '../contract';
import { escalationMessage, isFirstPage, messageOf, type StepTarget } from '../domain/policy';
import { UNKNOWN_TEAM } from '../metrics';
import {
  addEscalation,
  countEscalations,
  type Escalation,
  escalationByKey,
  type NewEscalation,
  type NotifiedRow,
  readEscalations,
  saveNotified,
} from '../store/escalations';
import { eventOf, type HistoryEntry } from '../store/history';
import { policyOf } from '../store/policies';
import { lockSchedule } from '../store/schedules';
import { ownersAt, teamAt } from '../store/teams';
import { noSchedule, type ServiceDeps, withDeps } from './deps';
import { foreseeStep } from './foresee';
import { writeInTurn } from './inTurn';
import { heldAnswer, isDeferrable, notifiedRow, notifyAll, TOLD_AT_ONCE, targetOf, zonesFor } from './notifyTarget';
import { nameOf, type Resolved, resolveRoute, teamNamed } from './routes';
import { planOf, type StepPlan } from './steps';
import { passedOverBy, type StepInput, sparedBy, targetsFor, withoutSpared } from './stepTargets';

type Answers = Pick<
  Service<OncallContract>,
  'takeStep' | 'takenStep' | 'escalateUnknown' | 'escalations' | 'responders' | 'ackTimeout' | 'foreseeStep'
>;

/**
 * Escalation steps: resolve the targets of a step at this instant, record the step under its key, notify the targets,
 * and record who was notified.
 */
export const escalationAnswers = (deps: ServiceDeps): Answers =>
  withDeps(deps, { takeStep, takenStep, escalateUnknown, escalations, foreseeStep, ackTimeout, responders });

type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

/** A room that a step pages is not held, so that the step does not wait. */
const isPagedRoom = ({ role }: StepTarget): boolean => role === 'paged_room';

/**
 * Notifies the targets of a step. Notify knows the command by its key, so the links of the first call that succeeds
 * count.
 */
async function notifyTargets(
  deps: ServiceDeps,
  escalation: Escalation,
  source: Pick<Input<'takeStep'>, 'links' | 'title' | 'service'> | null,
  caller: Caller,
): Promise<NotifiedRow[]> {
  const { db, metrics, notify } = deps;
  if (escalation.told !== null) return escalation.told;
  const { key, incident_id, message, severity, targets } = escalation;
  const zones = await zonesFor(db, targets, severity);
  const to = targets.map((target) => targetOf(target, zones));
  // It counts only if notify knows no state of the incident yet.
  const incident = source && { title: source.title, service: source.service, status: 'open' as const, by: null };
  const links = source?.links ?? [];
  const command = {
    ...{ key, incident_id, message, severity, to },
    ...(links.length > 0 && { links }),
    ...(incident && { incident }),
    // The step runs again at the end of quiet hours if they hold all of its people.
    ...(source &&
      to.length <= TOLD_AT_ONCE &&
      isDeferrable(severity) &&
      !targets.some(isPagedRoom) && { step_waits: true }),
  };
  const told = await notifyAll(notify, command, caller);
  const rows = told.map(({ to, ...rest }) => notifiedRow(targets[to] as StepTarget, rest));
  if (await saveNotified(db, escalation.id, rows)) {
    for (const { channel } of rows) metrics.notificationsSent.inc({ channel });
    const people = rows.filter(({ role }) => role !== 'room').length;
    metrics.pages.inc({ team: escalation.team ?? UNKNOWN_TEAM }, people);
  }
  return rows;
}

function count(deps: ServiceDeps, { team, step, round }: NewEscalation): void {
  const { metrics } = deps;
  if (!isFirstPage({ step, round })) metrics.escalations.inc({ team: team ?? UNKNOWN_TEAM });
}

async function takeStep(deps: ServiceDeps, input: Input<'takeStep'>, caller: Caller): Output<'takeStep'> {
  const { db, clock } = deps;
  const now = clock.now();
  const route = await resolveRoute(deps, input.service, input.route, now);
  const { resolved, rotates } = await planOf(db, route.pages, input, now);
  const add = (to: Db, found: StepPlan['resolved']) => {
    const escalation = stepFor(input, route, found, now);
    // The first page of an incident is in the timeline of incidents. Here it is one row without history, which is
    // fast.
    return isFirstPage(input) ? addEscalation(to, escalation, { events: [] }) : write(to, escalation, caller);
  };
  const turn = rotates?.stored;
  const added = turn
    ? await writeInTurn(deps, { turn, resolved, spared: sparedBy(input), passedOver: passedOverBy(input) }, add, caller)
    : await add(db, resolved);
  if (added !== null) count(deps, added);
  const taken = added ?? ((await escalationByKey(db, input.key)) as Escalation);
  return stepTaken(taken, await notifyTargets(deps, taken, input, caller));
}

async function takenStep(deps: ServiceDeps, { key }: Input<'takenStep'>): Output<'takenStep'> {
  const { db } = deps;
  const step = await escalationByKey(db, key);
  return { taken: step === undefined || step.told === null ? null : stepTaken(step, step.told) };
}

async function escalateUnknown(
  deps: ServiceDeps,
  { team, incident_id, reason }: Input<'escalateUnknown'>,
  caller: Caller,
): Output<'escalateUnknown'> {
  const { db, clock } = deps;
  const taken = await withRetry(db, async (trx) => {
    // The lock makes two simultaneous calls run two different steps.
    if ((await lockSchedule(trx, team)) === undefined) throw noSchedule(team);
    const now = clock.now();
    const found = (await teamAt(trx, team, now)) ?? null;
    const step = 2 + (await countEscalations(trx, team, incident_id));
    const plan = await planOf(trx, found, { step, severity: null }, now);
    const words = { key: `unknown:${randomUUID()}`, incident_id, reason, step: plan.step, round: 0 };
    const message = escalationMessage(incident_id, reason);
    const escalation = { ...words, team, ...plan.resolved, message, severity: null, created_at: now };
    return (await write(trx, escalation, caller)) as Escalation;
  });
  count(deps, taken);
  await notifyTargets(deps, taken, null, caller);
  return {
    status: 'escalated',
    escalation_id: taken.id,
    team,
    incident_id,
    escalated_to: firstPerson(taken.targets),
    message: `Escalation triggered for team '${team}' — incident ${incident_id}`,
    timestamp: taken.created_at.toISOString(),
  };
}

async function escalations(
  deps: ServiceDeps,
  { team, limit, page, per_page = limit }: Input<'escalations'>,
  { signal }: Caller,
): Output<'escalations'> {
  const { db } = deps;
  const { total, rows } = await readEscalations(db, { team, page, per_page });
  return { total, page, per_page, escalations: await inSlices(mapSteps(rows, escalationOf), signal) };
}

async function ackTimeout(
  deps: ServiceDeps,
  { service, team, policy: name }: Input<'ackTimeout'>,
): Output<'ackTimeout'> {
  const { db, clock } = deps;
  const { pages } = await resolveRoute(deps, service, { team: team ?? null, policy: name ?? null }, clock.now());
  const policy = pages === null ? undefined : await policyOf(db, pages.team);
  return { minutes: policy?.ack_timeout_minutes ?? null };
}

async function responders(
  deps: ServiceDeps,
  { services, teams: wanted = [] }: Input<'responders'>,
): Output<'responders'> {
  const { db, clock, metrics, defaultTeam } = deps;
  const names = services.map(nameOf);
  const owners = await ownersAt(db, names, defaultTeam, clock.now());
  for (const { team, schedule } of new Set(owners.values())) if (schedule) metrics.lookups.inc({ team });
  const results = services.map((service, i) => {
    const owner = owners.get(names[i] as string);
    return { service, team: owner?.team ?? null, primary: owner?.onCall.primary ?? null };
  });
  if (wanted.length === 0) return { results };
  const teams = [];
  for (const name of new Set(wanted)) {
    const found = await teamNamed(deps, name, clock.now());
    if (found !== null) teams.push({ name, team: found.team, primary: found.onCall.primary ?? null });
  }
  return { results, teams };
}

const escalationOf = ({ id, targets, told, created_at, ...rest }: Escalation) => ({
  ...rest,
  escalation_id: id,
  escalated_to: firstPerson(targets),
  told: told ?? [],
  timestamp: created_at.toISOString(),
});

const stepTaken = ({ id, team, answer, created_at }: Escalation, told: NotifiedRow[]) => ({
  escalation_id: id,
  team,
  told,
  ...answer,
  ...heldAnswer(answer, told),
  timestamp: created_at.toISOString(),
});

function stepFor(
  input: StepInput,
  { team, missing }: Resolved,
  resolved: StepPlan['resolved'],
  now: Date,
): NewEscalation {
  const { key, incident_id, step, round, reason, severity } = input;
  const { targets, spared } = withoutSpared(sparedBy(input), targetsFor(input, team, resolved));
  const command = { key, incident_id, step, round, reason, severity, message: messageOf(input), created_at: now };
  const answer = { ...resolved.answer, ...(spared && { spared }), ...(missing.length > 0 && { missing }) };
  return { ...command, team: team?.team ?? null, answer, targets };
}

/** Records a step with its history and event; null if its key was used before. */
function write(db: Db, escalation: NewEscalation, by: By): Promise<Escalation | null> {
  const { team, incident_id, reason, step, round, targets, created_at: at } = escalation;
  const { actor } = by;
  const details = { incident_id, reason, escalated_to: firstPerson(targets), step, round };
  if (team === null) {
    return addEscalation(db, escalation, {
      events: attributed([{ kind: 'escalation', subject: incident_id, actor, data: details, at }], by),
    });
  }
  const entry: HistoryEntry = { event_type: 'escalation', team, actor, details, at };
  return addEscalation(db, escalation, { entry, events: attributed([eventOf(entry)], by) });
}

function firstPerson(targets: readonly StepTarget[]): { name: string; email: string } | null {
  const person = targets.find((target) => target.kind === 'person');
  return person === undefined ? null : { name: person.name, email: person.email };
}
