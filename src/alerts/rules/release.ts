import { type Db, withRetry } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import { enqueue, type HandlersOf, type JobOf, type RunningJob } from '../../kernel/jobs/jobs';
import type { AlertsEvent, DecisionEntry } from '../contract';
import { rawOf } from '../domain';
import type { AlertRow } from '../store/alerts';
import type { AlertJobs } from '../store/jobKinds';
import { changeConfiguration, lockMute, type MuteRow, updateMute } from '../store/mutes';
import { holdMutes, mutedBy, type SecondDecision, storeDecisions } from '../store/releases';
import { nextOccurrence } from './compile';
import { type Configuration, decide, type Verdict } from './decide';
import { storedVerdict, subjectOf } from './decider';
import type { RuleDeps } from './deps';

/** Alerts that one transaction decides about. */
const CHUNK = 250;
const MOST_TRIES = 5;

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
    let after: string | null = null;
    do after = await releaseNext(deps, mute, after, job);
    while (after !== null);
  };

/** Ends what is over, and schedules the next end. */
async function endIfDue({ clock }: RuleDeps, trx: Db, id: string): Promise<void> {
  await changeConfiguration(trx);
  const row = await lockMute(trx, id);
  if (row === undefined || row.ended_at !== null) return;
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

/** @returns the id of the last alert that was looked at; null if none is left */
async function releaseNext(
  deps: RuleDeps,
  mute: string,
  after: string | null,
  { signal }: RunningJob,
): Promise<string | null> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const configuration = await deps.configuration.refreshed();
    const rows = await mutedBy(deps.db, mute, after, CHUNK);
    if (rows.length === 0) return null;
    const stored = await withRetry(deps.db, (trx) => decideAgain(deps, trx, configuration, rows));
    if (stored) return rows.at(-1)?.id ?? null;
    if (tries === MOST_TRIES) throw new Error('Mutes change too often.');
  }
}

/** @returns false if a mute was changed at the same time; nothing is stored then */
async function decideAgain(
  { clock }: RuleDeps,
  trx: Db,
  configuration: Configuration,
  rows: readonly AlertRow[],
): Promise<boolean> {
  const now = clock.now();
  const decided = rows.map((row) => ({ row, verdict: decide(subjectOf(row), configuration, now) }));
  const versions = configuration.mutes.items.filter(({ id }) =>
    decided.some(({ row, verdict }) => verdict.mute?.id === id || row.muted_by === id),
  );
  if (!(await holdMutes(trx, versions))) return false;
  const stored = await storeDecisions(
    trx,
    decided.map(({ row, verdict }) => secondDecision(row, verdict, now)),
    now,
  );
  const released = decided.filter(
    ({ row, verdict }) => stored.has(row.id) && verdict.mute === null && verdict.droppedBy === null,
  );
  await attachReleased(
    trx,
    released.map(({ row }) => row),
    now,
  );
  return true;
}

function secondDecision(row: AlertRow, verdict: Verdict, now: Date): SecondDecision {
  const { decision, ...fields } = storedVerdict(rawOf(row), verdict);
  const muted_before = row.muted_by as string;
  const stays = verdict.mute?.id === muted_before;
  const ended = stays ? [] : endedMute(row, now);
  return {
    ...{ id: row.id, revision: row.revision, muted_before, ...fields },
    decision: [...ended, ...(decision ?? [])],
    dropped: verdict.droppedBy !== null,
  };
}

/** The first decision's mute, which has ended. It stays in front of the second decision. */
const endedMute = ({ decision, muted_by }: AlertRow, now: Date): DecisionEntry[] =>
  (decision ?? []).flatMap((entry) =>
    entry.stage === 'mute' && entry.id === muted_by ? [{ ...entry, ended_at: now.toISOString() }] : [],
  );

async function attachReleased(trx: Db, released: readonly AlertRow[], now: Date): Promise<void> {
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
