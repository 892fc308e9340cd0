import { randomUUID } from 'node:crypto';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { type Db, withRetry } from '../../kernel/db/pool';
import { attributed, type By } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { SourceLink } from '../../kernel/ports/values';
import type { OncallContract } from '../contract';
import { escalationMessage, isFirstPage, messageOf, onceEach, type StepTarget } from '../domain/policy';
import { keyOf } from '../domain/rotation';
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
import { ownersAt, type TeamAt, teamAt } from '../store/teams';
import { noSchedule, type ServiceDeps, withDeps } from './deps';
import { notifyAll, previewAll, targetOf } from './notifyTarget';
import { draftedPolicy, planOf, type StepPlan } from './steps';

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

/**
 * Notifies the targets of a step. Notify knows the command by its key, so the links of the first call that succeeds
 * count.
 */
async function notifyTargets(
  deps: ServiceDeps,
  escalation: Escalation,
  links: SourceLink[],
  caller: Caller,
): Promise<NotifiedRow[]> {
  const { db, metrics, notify } = deps;
  if (escalation.told !== null) return escalation.told;
  const { key, incident_id, message, severity, targets } = escalation;
  const to = targets.map(targetOf);
  const command = { key, incident_id, message, severity, to, ...(links.length > 0 && { links }) };
  const told = await notifyAll(notify, command, caller);
  const rows = told.map(({ to, ...rest }) => notifiedRow(targets[to] as StepTarget, rest));
  if (await saveNotified(db, escalation.id, rows)) {
    for (const { channel } of rows) metrics.notificationsSent.inc({ channel });
    const people = rows.filter(({ role }) => role !== 'room').length;
    metrics.pages.inc({ team: escalation.team ?? UNKNOWN_TEAM }, people);
  }
  return rows;
}

async function ownerOf(deps: ServiceDeps, service: string, at: Date): Promise<TeamAt | null> {
  const { db, defaultTeam } = deps;
  const name = nameOf(service);
  return (await ownersAt(db, [name], defaultTeam, at)).get(name) ?? null;
}

function count(deps: ServiceDeps, { team, step, round }: NewEscalation): void {
  const { metrics } = deps;
  if (!isFirstPage({ step, round })) metrics.escalations.inc({ team: team ?? UNKNOWN_TEAM });
}

async function takeStep(deps: ServiceDeps, input: Input<'takeStep'>, caller: Caller): Output<'takeStep'> {
  const { db, clock } = deps;
  const now = clock.now();
  const team = await ownerOf(deps, input.service, now);
  const escalation = stepFor(input, team, await planOf(db, team, input, now), now);
  // The first page of an incident is in the timeline of incidents. Here it is one row without history, which is
  // fast.
  const added = isFirstPage(input)
    ? await addEscalation(db, escalation, { events: [] })
    : await write(db, escalation, caller);
  if (added !== null) count(deps, added);
  const taken = added ?? ((await escalationByKey(db, input.key)) as Escalation);
  return stepTaken(taken, await notifyTargets(deps, taken, input.links, caller));
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
  await notifyTargets(deps, taken, [], caller);
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

async function foreseeStep(
  deps: ServiceDeps,
  { service, team: name, severity, step, announce, at: instant, policy }: Input<'foreseeStep'>,
  caller: Caller,
): Output<'foreseeStep'> {
  const { db, notify } = deps;
  const at = new Date(instant);
  const team = name === undefined ? await ownerOf(deps, service ?? '', at) : await teamAt(db, name, at);
  if (team === undefined) throw noSchedule(name ?? '');
  const draft = policy === undefined ? {} : { draft: await draftedPolicy(db, policy) };
  const { resolved } = await planOf(db, team, { step, severity, ...draft }, at);
  const targets = targetsFor({ step, announce, assignee: null, fallback: null }, team, resolved);
  const told = await previewAll(notify, targets, caller);
  return {
    ...resolved.answer,
    wait_until: resolved.answer.wait_until ?? null,
    team: team?.team ?? null,
    told: told.map(({ to: n, ...rest }) => notifiedRow(targets[n] as StepTarget, rest)),
  };
}

async function ackTimeout(deps: ServiceDeps, { service }: Input<'ackTimeout'>): Output<'ackTimeout'> {
  const { db, clock } = deps;
  const owner = await ownerOf(deps, service, clock.now());
  const policy = owner === null ? undefined : await policyOf(db, owner.team);
  return { minutes: policy?.ack_timeout_minutes ?? null };
}

async function responders(deps: ServiceDeps, { services }: Input<'responders'>): Output<'responders'> {
  const { db, clock, metrics, defaultTeam } = deps;
  const names = services.map(nameOf);
  const owners = await ownersAt(db, names, defaultTeam, clock.now());
  for (const { team, schedule } of new Set(owners.values())) if (schedule) metrics.lookups.inc({ team });
  const results = services.map((service, i) => {
    const owner = owners.get(names[i] as string);
    return { service, team: owner?.team ?? null, primary: owner?.onCall.primary ?? null };
  });
  return { results };
}

const escalationOf = ({ id, targets, told, created_at, ...rest }: Escalation) => ({
  ...rest,
  escalation_id: id,
  escalated_to: firstPerson(targets),
  told: told ?? [],
  timestamp: created_at.toISOString(),
});

/** Service names are stored trimmed and in lower case. */
const nameOf = (service: string): string => service.trim().toLowerCase();

const stepTaken = ({ id, team, answer, created_at }: Escalation, told: NotifiedRow[]) => ({
  escalation_id: id,
  team,
  told,
  ...answer,
  wait_until: answer.wait_until ?? null,
  timestamp: created_at.toISOString(),
});

type StepInput = Parameters<Answers['takeStep']>[0];

function stepFor(input: StepInput, team: TeamAt | null, { resolved }: StepPlan, now: Date): NewEscalation {
  const { key, incident_id, step, round, reason, severity } = input;
  const { targets, spared } = without(input.spare, targetsFor(input, team, resolved));
  const command = { key, incident_id, step, round, reason, severity, message: messageOf(input), created_at: now };
  const answer = { ...resolved.answer, ...(spared && { spared }) };
  return { ...command, team: team?.team ?? null, answer, targets };
}

/** The targets of a step without the spared person, and whether that person was one of them. */
function without(spare: string | null, targets: StepTarget[]): { targets: StepTarget[]; spared: boolean } {
  const others = targets.filter(
    (target) => target.kind !== 'person' || spare === null || keyOf(target) !== keyOf({ email: spare }),
  );
  return { targets: others, spared: others.length < targets.length };
}

type AdditionalTargets = Pick<StepInput, 'step' | 'assignee' | 'announce' | 'fallback'>;

/** The targets of the policy, then the assignee, the room of the team and the fallback. */
function targetsFor(
  { step, assignee, announce, fallback }: AdditionalTargets,
  team: TeamAt | null,
  { targets, answer }: StepPlan['resolved'],
): StepTarget[] {
  const named = assignee !== null && step === 1 && (answer.wait_until ?? null) === null;
  return onceEach([
    ...targets,
    ...(named ? [{ kind: 'person', role: 'assignee', ...assignee } as const] : []),
    ...(announce ? [{ kind: 'room', role: 'room', address: team?.room ?? null } as const] : []),
    ...(fallback !== null ? [{ kind: 'room', role: 'room', address: fallback } as const] : []),
  ]);
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

const notifiedRow = <T extends Pick<NotifiedRow, 'channel' | 'recipient'>>(target: StepTarget, told: T) =>
  target.kind === 'room'
    ? { name: `${told.channel}:${told.recipient}`, email: null, role: target.role, ...told }
    : { name: target.name, email: target.email, role: target.role, ...told };
