import { type Db, withRetry } from '../../kernel/db/pool';
import type { Claim } from '../../kernel/jobs/jobs';
import type { Link } from '../store/links';
import type { Answers } from './correlation';
import { endedMembers, type Group, newLinks } from './group';
import { type ReopenDeps, reopenAlerts } from './reopen';

/** How a request and a job differ: a request answers its client soon, a job tries until it succeeds. */
export interface AttachMode {
  /** The answers of incidents; null leaves the group to a later run of its job. */
  ask(group: Group): Promise<Answers | null>;
  /** Saves the links of a group and completes its job. */
  save(links: readonly Link[], claim: Claim): void | Promise<void>;
  /** Called if ended alerts could not be reopened. Throws, or leaves the group to a later run of its job. */
  reopenFailed(error: unknown): void;
}

type AttachDeps = ReopenDeps & { db: Db };

/** The incident of a reopened alert can be resolved in turn. After so many rounds the group is left to its job. */
const MAX_ROUNDS = 3;

/**
 * Attaches a group to incidents. Alerts that were reported again after their incident was resolved are reopened as new
 * alerts, which are attached in the next round.
 */
export async function attachGroup(deps: AttachDeps, first: Group, mode: AttachMode): Promise<void> {
  let group: Group | null = first;
  for (let round = 0; group !== null && round < MAX_ROUNDS; round++) group = await attachOnce(deps, group, mode);
}

/** @returns the group of the new alerts, if alerts had to be reopened */
async function attachOnce(deps: AttachDeps, group: Group, mode: AttachMode): Promise<Group | null> {
  const answers = await mode.ask(group);
  if (answers === null) return null;
  if (endedMembers(group, answers).length === 0) {
    await mode.save(newLinks(group, answers), group.claim);
    return null;
  }
  try {
    await deps.decider.refresh();
    return await withRetry(deps.db, (trx) => reopenAlerts(trx, deps, group, answers));
  } catch (error) {
    mode.reopenFailed(error);
    return null;
  }
}
