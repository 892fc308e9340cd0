import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { requireCurrent } from '../../kernel/ports/ifMatch';
import { invalid, Problem } from '../../kernel/ports/problem';
import type { OncallContract, OncallEvent } from '../contract';
import { defaultPolicy, type Policy, refuseWhileReferenced, teamsIn, unknownTargets } from '../domain/policy';
import { type HistoryEntry, recordHistory } from '../store/history';
import {
  forgetPerson,
  forgetPolicy,
  lockPeople,
  lockPerson,
  lockTeams,
  type PolicyRow,
  peopleIn,
  policiesOf,
  policyOf,
  referencesToPerson,
  referencesToTeam,
  writePolicy,
} from '../store/policies';
import { allSchedules, findSchedule } from '../store/schedules';
import { noSchedule, type ServiceDeps, withDeps } from './deps';
import type { OncallJob } from './jobKinds';

type Answers = Pick<Service<OncallContract>, 'policies' | 'getPolicy' | 'putPolicy' | 'deletePolicy' | 'deletePerson'>;
type Answer = Awaited<ReturnType<Answers['getPolicy']>>;

type Deps = Pick<ServiceDeps, 'db' | 'clock'>;

/** The version of the default policy. */
const DEFAULT_VERSION = 'default';

/** Escalation policies: list, read, set, delete; and the deletion of people. */
export const policyAnswers = (deps: Deps): Answers =>
  withDeps(deps, { policies, getPolicy, putPolicy, deletePolicy, deletePerson });

type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

/** Stores a policy. The team and all targets are locked in one order, so that two edits cannot deadlock. */
async function put(deps: Deps, trx: Db, team: string, policy: Policy, ifMatch: string | undefined, by: Caller) {
  const { clock } = deps;
  const known = await lockTeams(trx, [team, ...teamsIn(policy.steps)]);
  if (!known.has(team)) throw noSchedule(team);
  requireCurrent(ifMatch, (await policyOf(trx, team))?.version ?? DEFAULT_VERSION);
  const people = await lockPeople(trx, peopleIn(policy.steps));
  const faults = unknownTargets(policy.steps, { teams: known, people });
  if (faults.length > 0) throw invalid(faults);
  const now = clock.now();
  await writePolicy(trx, team, policy, { actor: by.actor, now });
  const { steps, repeat } = policy;
  await recordHistory(
    trx,
    [{ event_type: 'policy_set', team, actor: by.actor, at: now, details: { steps: steps.length, repeat } }],
    by,
  );
  return answerOf(team, await policyOf(trx, team));
}

async function policies(deps: Deps): Output<'policies'> {
  const { db } = deps;
  const teams = (await allSchedules(db)).map(({ team }) => team);
  const set = await policiesOf(db, teams);
  return teams.map((team) => answerOf(team, set.get(team)));
}

async function getPolicy(deps: Deps, { team }: Input<'getPolicy'>): Output<'getPolicy'> {
  const { db } = deps;
  if (!(await isTeam(db, team))) throw noSchedule(team);
  return answerOf(team, await policyOf(db, team));
}

async function putPolicy(
  deps: Deps,
  { team, if_match, ...policy }: Input<'putPolicy'>,
  caller: Caller,
): Output<'putPolicy'> {
  const { db } = deps;
  return withRetry(db, (trx) => put(deps, trx, team, policy, if_match, caller));
}

async function deletePolicy(deps: Deps, { team, if_match }: Input<'deletePolicy'>, by: Caller): Output<'deletePolicy'> {
  const { db, clock } = deps;
  return withRetry(db, async (trx) => {
    if (!(await lockTeams(trx, [team])).has(team)) throw noSchedule(team);
    const policy = await policyOf(trx, team);
    if (policy === undefined) throw new Problem('not-found', `Team '${team}' has the default policy`);
    requireCurrent(if_match, policy.version);
    await forgetPolicy(trx, team);
    const deleted: HistoryEntry = {
      event_type: 'policy_deleted',
      team,
      actor: by.actor,
      at: clock.now(),
      details: {},
    };
    await recordHistory(trx, [deleted], by);
    return { status: 'deleted', team };
  });
}

async function deletePerson(deps: Deps, { email }: Input<'deletePerson'>, by: Caller): Output<'deletePerson'> {
  const { db, clock } = deps;
  return withRetry(db, async (trx) => {
    if ((await lockPerson(trx, email)) === undefined)
      throw new Problem('not-found', `There is no person with the address ${email}`);
    const now = clock.now();
    refuseWhileReferenced(`Person ${email}`, await referencesToPerson(trx, email, now));
    await forgetPerson(trx, email);
    const deleted: NewEvent<OncallEvent> = {
      kind: 'person_deleted',
      subject: email,
      actor: by.actor,
      data: {},
      at: now,
    };
    await record(trx, [deleted], by);
    const erase: OncallJob = { kind: 'erase_person', payload: { email } };
    await enqueue(trx, now, [erase]);
  });
}

/**
 * Deletes the policy of a team that is to be deleted. The caller has locked the team.
 * @throws Problem `conflict` if anything still refers to the team
 */
export async function requireUnreferenced(trx: Db, team: string): Promise<void> {
  refuseWhileReferenced(`Team '${team}'`, await referencesToTeam(trx, team));
  await forgetPolicy(trx, team);
}

const isTeam = async (db: Db, team: string): Promise<boolean> => (await findSchedule(db, team)) !== undefined;

function answerOf(team: string, row: PolicyRow | undefined): Answer {
  const { steps, repeat, ack_timeout_minutes, support_hours } = row ?? defaultPolicy(team);
  return {
    team,
    is_default: row === undefined,
    version: row?.version ?? DEFAULT_VERSION,
    steps: steps.map(({ targets, ...step }) => ({ targets: [...targets], ...step })),
    repeat,
    ack_timeout_minutes,
    support_hours,
    updated_at: row?.updated_at.toISOString() ?? null,
    updated_by: row?.updated_by ?? null,
  };
}
