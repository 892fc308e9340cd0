import { type Db, withRetry } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import { enqueue, type HandlersOf, type JobOf, type RunningJob } from '../../kernel/jobs/jobs';
import type { AlertsEvent, DecisionEntry } from '../contract';
import { heldFields, holdConfigurationOf, type Judged, judgeAgain } from '../holds/judgeAgain';
import type { AlertRow } from '../store/alerts';
import type { AlertJobs } from '../store/jobKinds';
import { changeConfiguration, lockConfiguration, lockMute, type MuteRow, updateMute } from '../store/mutes';
import { holdMutes, mutedBy, type SecondDecision, storeDecisions } from '../store/releases';
import { noticeAffected } from '../store/upstreamNotices';
import { configurationFor } from '../upstream/graceOnce';
import { nextOccurrence } from './compile';
import { type Configuration, decide, type Verdict } from './decide';
import { storedVerdict, subjectOf } from './decider';
import type { RuleDeps } from './deps';

/** Alerts that one transaction decides about. */
const CHUNK = 250;
/** How often a chunk is decided without a lock of the configuration, which makes its changes wait. */
const FREE_TRIES = 3;

/** The job that follows a change or the end of a mute. There is one for each mute. */
export const releaseJob = (mute: string, runAt?: Date): JobOf<AlertJobs> => ({
  kind: 'release-muted',
  key: `release-muted ${mute}`,
  payload: { mute },
  ...(runAt !== undefined && { runAt }),
  reschedule: true,
});

/**
 * Handler of `release-muted`: ends the mute if it is due, and then runs all stages again for every alert that it mutes. An
 * alert that no mute matches is attached by a job of the same transaction, so that a crash at any point releases it later.
 */
export const releaseMuted =
  (deps: RuleDeps): HandlersOf<AlertJobs>['release-muted'] =>
  async ({ mute }, job) => {
    await withRetry(deps.db, (trx) => endIfDue(deps, trx, mute));
    await decideAboutAll(deps, (after) => mutedBy(deps.db, mute, after, CHUNK), job);
  };

/** Ends what is over, and schedules the next end. An upstream ends by an event of its incident only. */
async function endIfDue({ clock }: RuleDeps, trx: Db, id: string): Promise<void> {
  await changeConfiguration(trx);
  const row = await lockMute(trx, id);
  if (row === undefined || row.ended_at !== null || row.cause === 'upstream') return;
  const now = clock.now();
  const end = endAfter(row, now);
  if (end !== null) await enqueue(trx, now, [releaseJob(id, end)]);
  // Recorded in the row, because the clock of another process can be behind this one.
  const over = end === null ? { ended_at: row.ends_at ?? now } : row.recurrence !== null ? { over_until: now } : null;
  if (over === null) return;
  await updateMute(trx, { ...row, ...over });
  if (end === null) await record(trx, [endedEvent(row, now)], BY_SYSTEM);
}

/** When a mute ends next; null if it is over. */
export function endAfter({ recurrence, over_until, ends_at }: MuteRow, now: Date): Date | null {
  if (recurrence !== null) return nextOccurrence(recurrence, over_until, now)?.end ?? null;
  return ends_at !== null && ends_at > now ? ends_at : null;
}

const endedEvent = ({ id, cause, name }: MuteRow, at: Date): NewEvent<AlertsEvent> => ({
  kind: cause === 'silence' ? 'silence_ended' : 'maintenance_window_ended',
  ...{ subject: id, actor: SYSTEM_ACTOR, data: { name }, at },
});

/** Reads alerts without an incident in the order of their ids, at most `CHUNK` after an id. */
type ReadNext = (after: string | null) => Promise<AlertRow[]>;

/**
 * Runs all stages again for alerts without an incident, in chunks.
 * @returns how many of them it left as they were, because a report came at the same time
 */
export async function decideAboutAll(deps: RuleDeps, read: ReadNext, { signal }: RunningJob): Promise<number> {
  let after: string | null = null;
  let left = 0;
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    // Also without alerts: the intake of this process then knows a new mute at once.
    const configuration = await deps.configuration.refreshed();
    const rows = await read(after);
    if (rows.length === 0) return left;
    const stored = await withRetry(deps.db, async (trx) => {
      if (tries <= FREE_TRIES) return decideAgain(deps, trx, configuration, rows);
      await lockConfiguration(trx);
      return decideAgain(deps, trx, await deps.configuration.refreshed(trx), rows);
    });
    if (stored === null) continue;
    left += rows.length - stored;
    after = rows.at(-1)?.id ?? null;
    tries = 0;
  }
}

/** @returns how many alerts are stored; null, and none, if a mute or a rule was changed at the same time */
async function decideAgain(
  { clock }: RuleDeps,
  trx: Db,
  configuration: Configuration,
  rows: readonly AlertRow[],
): Promise<number | null> {
  const now = clock.now();
  const decided = rows.map((row) => ({
    row,
    verdict: decide(subjectOf(row), configurationFor(row, configuration), now),
  }));
  const versions = configuration.mutes.items.filter(({ id }) =>
    decided.some(({ row, verdict }) => verdict.mute?.id === id || row.muted_by === id),
  );
  if (!(await holdConfigurationOf(trx, decided, configuration)) || !(await holdMutes(trx, versions))) return null;
  const holds = await judgeAgain(trx, decided, now);
  const second = decided.map(({ row, verdict }) => secondDecision(row, verdict, holds.of.get(row.id), now));
  const stored = await storeDecisions(trx, second, now);
  await noticeAffected(
    trx,
    second.filter(({ id, dropped }) => stored.has(id) && !dropped),
    now,
  );
  await enqueue(trx, now, holds.jobs(stored));
  const released = decided.filter(
    ({ row, verdict }) =>
      stored.has(row.id) && verdict.mute === null && verdict.droppedBy === null && !holds.of.get(row.id)?.hold,
  );
  await attachReleased(
    trx,
    released.map(({ row }) => row),
    now,
  );
  return stored.size;
}

function secondDecision(row: AlertRow, verdict: Verdict, held: Judged | undefined, now: Date): SecondDecision {
  const { decision, ...fields } = { ...storedVerdict(row, verdict), ...(held && heldFields(held)) };
  const muted_before = row.muted_by as string;
  const stays = fields.muted_by === muted_before && fields.hold_key === row.hold_key;
  const before = endedEntries(row, stays ? null : now);
  return {
    ...{ id: row.id, revision: row.revision, muted_before, ...fields },
    decision: [...before, ...(decision ?? []), ...(held?.entries ?? [])],
    dropped: verdict.droppedBy !== null,
  };
}

/** Ended mutes and holds that a decision keeps. */
const MOST_ENDED = 20;

/**
 * The mutes and holds of earlier decisions, which have ended. They stay in front of the new decision.
 * @param now the end of the last one; null if it goes on
 */
const endedEntries = ({ decision, muted_by }: AlertRow, now: Date | null): DecisionEntry[] =>
  (decision ?? [])
    .flatMap((entry) => {
      if (entry.stage === 'rule') return [];
      if (entry.ended_at !== undefined) return [entry];
      return entry.id === muted_by && now !== null ? [{ ...entry, ended_at: now.toISOString() }] : [];
    })
    .slice(-MOST_ENDED);

/** Enqueues the job that attaches released alerts, and records the event. */
export async function attachReleased(trx: Db, released: readonly AlertRow[], now: Date): Promise<void> {
  const [first] = released;
  if (first === undefined) return;
  const alerts = released.map(({ id, count }) => ({ id, reports: count, made: true }));
  const by = { actor: SYSTEM_ACTOR, kind: 'system' as const, requestId: `release-muted ${first.muted_by}` };
  const attach: JobOf<AlertJobs> = { kind: 'attach', payload: { alerts, by, since: now.toISOString() } };
  await enqueue(trx, now, [attach]);
  const event: NewEvent<AlertsEvent> = {
    kind: 'alerts_released',
    ...{ subject: first.id, actor: SYSTEM_ACTOR, data: { mute: first.muted_by, alerts: released.length }, at: now },
  };
  await record(trx, [event], BY_SYSTEM);
}
