import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { hours } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { OncallContract } from '../contract';
import { instantOf, minuteAfter, minuteOf } from '../domain/zones';
import { type HistoryEntry, recordHistory } from '../store/history';
import {
  countAhead,
  type EndedOverride,
  endOverride,
  endPlainOverride,
  insertOverride,
  type OverrideRow,
  overrideById,
  overridesAt,
  overridesIn,
} from '../store/overrides';
import { upsertPeople } from '../store/registry';
import { lockSchedule } from '../store/schedules';
import { noSchedule, type ServiceDeps, withDeps } from './deps';
import { withHandoffNotices } from './handoffNotices';
import { enqueueOverrideEnd } from './jobKinds';
import { LONGEST_DAYS, overrideSpanOf, roleOf } from './overrideSpans';
import { requireOnCall } from './requireOnCall';
import { spanOf } from './spans';
import { knownPerson } from './writeSchedule';

type Answers = Pick<
  Service<OncallContract>,
  'setOverride' | 'removeOverride' | 'listOverrides' | 'overrides' | 'addOverride' | 'deleteOverride'
>;

/** Overrides: list, add, delete, and the plain takeover of a team. */
export const overrideAnswers = (deps: ServiceDeps): Answers =>
  withDeps(deps, { setOverride, removeOverride, listOverrides, overrides, addOverride, deleteOverride });

type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

async function setOverride(
  deps: ServiceDeps,
  { team, user_name, user_email, reason, duration_hours = deps.defaultOverrideHours }: Input<'setOverride'>,
  by: Caller,
): Output<'setOverride'> {
  const { db, clock } = deps;
  const endsAt = await withRetry(db, async (trx) => {
    const schedule = await lockSchedule(trx, team);
    if (schedule === undefined) throw noSchedule(team);
    // The clock is read under the lock, so that the last takeover also begins last.
    const now = clock.now();
    const ends_at = instantOf(minuteAfter(new Date(now.getTime() + hours(duration_hours))));
    await withHandoffNotices(trx, team, now, deps, async () => {
      const earlier = await endPlainOverride(trx, schedule.id, now);
      const id = await insertOverride(trx, {
        schedule_id: schedule.id,
        ...{ kind: 'takeover', role: null, layer: null, out: null, plain: true },
        in: { name: user_name, email: user_email },
        reason,
        created_by: by.actor,
        created_at: now,
        starts_at: instantOf(minuteOf(now)),
        ends_at,
      });
      await upsertPeople(trx, knownPerson({ name: user_name, email: user_email }));
      await enqueueOverrideEnd(trx, id, ends_at, now);
      const details = { user_name, reason, duration_hours, expires_at: ends_at.toISOString() };
      const started: HistoryEntry = { event_type: 'override_start', team, actor: by.actor, at: now, details };
      await recordHistory(
        trx,
        [...(earlier ? [overrideEnded(earlier, { team, actor: by.actor, at: now })] : []), started],
        by,
      );
    });
    return ends_at;
  });
  return {
    status: 'override_set',
    team,
    overridden_to: user_name,
    duration_hours,
    expires_at: endsAt.toISOString(),
  };
}

async function removeOverride(
  deps: ServiceDeps,
  { team }: Input<'removeOverride'>,
  by: Caller,
): Output<'removeOverride'> {
  const { db, clock } = deps;
  const ended = await withRetry(db, async (trx) => {
    const schedule = await lockSchedule(trx, team);
    const now = clock.now();
    if (schedule === undefined) return undefined;
    const override = await withHandoffNotices(trx, team, now, deps, () => endPlainOverride(trx, schedule.id, now));
    if (override)
      await recordHistory(trx, [overrideEnded(override, { team, actor: by.actor, at: now, byHand: true })], by);
    return override;
  });
  if (!ended?.ranShort) throw new Problem('not-found', `No active override for team '${team}'`);
  return { status: 'override_removed', team };
}

async function listOverrides(deps: ServiceDeps): Output<'listOverrides'> {
  const { db, clock } = deps;
  return (await overridesAt(db, clock.now())).flatMap(
    ({ team, in_name, in_email, reason, starts_at, created_at, ends_at }) =>
      in_name === null || in_email === null
        ? []
        : {
            team,
            user_name: in_name,
            user_email: in_email,
            reason,
            created_at: created_at.toISOString(),
            expires_at: ends_at.toISOString(),
            duration_hours: Math.round((ends_at.getTime() - starts_at.getTime()) / hours(1)),
          },
  );
}

async function overrides(
  deps: ServiceDeps,
  { team, limit, page, per_page = limit, ...span }: Input<'overrides'>,
  { signal }: Caller,
): Output<'overrides'> {
  const { db, clock } = deps;
  const now = clock.now();
  const range = spanOf(span, { now, length: LONGEST_DAYS });
  const { total, rows } = await overridesIn(db, { team, page, per_page, ...range });
  const overrides = await inSlices(
    mapSteps(rows, (row) => overrideOf(row, now)),
    signal,
  );
  return { total, page, per_page, overrides };
}

async function addOverride(
  deps: ServiceDeps,
  { team, ...wanted }: Input<'addOverride'>,
  by: Caller,
): Output<'addOverride'> {
  const { db, clock } = deps;
  return withRetry(db, async (trx) => {
    const schedule = await lockSchedule(trx, team);
    if (schedule === undefined) throw noSchedule(team);
    const now = clock.now();
    const span = overrideSpanOf(wanted, now);
    await requireRoom(trx, schedule.id, now);
    const { kind, layer = null, out = null, in: comes = null, reason = null } = wanted;
    const role = await roleOf(trx, schedule.id, { layer, role: wanted.role ?? null, ...span });
    const override = { kind, role, layer, out, in: comes, reason, plain: false, ...span };
    await requireOnCall(trx, team, override);
    const made = { schedule_id: schedule.id, created_by: by.actor, created_at: now };
    const id = await withHandoffNotices(trx, team, now, deps, () => insertOverride(trx, { ...override, ...made }));
    if (comes !== null) await upsertPeople(trx, knownPerson(comes));
    await enqueueOverrideEnd(trx, id, span.ends_at, now);
    const details = {
      override_id: id,
      ...override,
      ...spanIn(span),
    };
    await recordHistory(trx, [{ event_type: 'override_added', team, actor: by.actor, at: now, details }], by);
    return overrideOf((await overrideById(trx, id)) as OverrideRow, now);
  });
}

async function deleteOverride(
  deps: ServiceDeps,
  { id: wanted }: Input<'deleteOverride'>,
  by: Caller,
): Output<'deleteOverride'> {
  const { db, clock } = deps;
  return withRetry(db, async (trx) => {
    const found = await lockOverride(trx, wanted);
    const { id } = found;
    const now = clock.now();
    if (!(await withHandoffNotices(trx, found.team, now, deps, () => endOverride(trx, id, now)))) throw isOver();
    const row = (await overrideById(trx, id)) as OverrideRow;
    const ended: EndedOverride = { ...row, ranShort: true };
    await recordHistory(trx, [overrideEnded(ended, { team: found.team, actor: by.actor, at: now, byHand: true })], by);
    return overrideOf(row, now);
  });
}

/** A schedule with this number of overrides is still computed fast. */
const MOST_AHEAD = 1_000;

async function requireRoom(trx: Db, scheduleId: string, now: Date): Promise<void> {
  if ((await countAhead(trx, scheduleId, now)) < MOST_AHEAD) return;
  throw new Problem(
    'conflict',
    `This schedule has ${MOST_AHEAD} overrides that are not over. Take some of them back, or change its layers instead`,
  );
}

/** The answer to a change of an override that is over. */
export const isOver = () => new Problem('conflict', 'This override is over and cannot be changed');

const noOverride = () => new Problem('not-found', 'Override not found');

/**
 * An override by its id.
 * @throws Problem `not-found` if it does not exist
 */
export async function findOverride(db: Db, wanted: string): Promise<OverrideRow> {
  const id = idOf(wanted);
  const found = id === null ? undefined : await overrideById(db, id);
  if (found === undefined) throw noOverride();
  return found;
}

/**
 * Finds an override and locks its schedule.
 * @throws Problem `not-found` if it does not exist or its schedule was deleted
 */
export async function lockOverride(trx: Db, wanted: string): Promise<OverrideRow> {
  const found = await findOverride(trx, wanted);
  if ((await lockSchedule(trx, found.team)) === undefined) throw noOverride();
  return found;
}

type Spanned = Pick<OverrideRow, 'starts_at' | 'ends_at'>;

/** A span as JSON. */
export const spanIn = ({ starts_at, ends_at }: Spanned) => ({
  starts_at: starts_at.toISOString(),
  ends_at: ends_at.toISOString(),
});

/** The version of an override. Only its span can change, so the span is the version. */
export const versionOf = ({ starts_at, ends_at }: Spanned): string =>
  [starts_at, ends_at].map((instant) => minuteOf(instant).toString(36)).join('-');

/** An override as in the contract. */
export function overrideOf(row: OverrideRow, now: Date) {
  const { id, team, kind, role, layer, reason, plain, created_by, starts_at, ends_at, created_at } = row;
  const state: 'past' | 'running' | 'future' = ends_at <= now ? 'past' : starts_at <= now ? 'running' : 'future';
  return {
    ...{ id, team, kind, role, layer, reason, plain, created_by, state },
    out: personOf(row.out_name, row.out_email),
    in: personOf(row.in_name, row.in_email),
    ...spanIn(row),
    created_at: created_at.toISOString(),
    version: versionOf(row),
  };
}

/** The person of an override row; null without one. */
export const personOf = (name: string | null, email: string | null) =>
  name === null || email === null ? null : { name, email };

/**
 * The history entry for the end of an override: ended by hand, ended by another change, or run out without a record.
 */
export function overrideEnded(
  { ranShort, ...ended }: EndedOverride,
  { team, actor, at, byHand = false }: { team: string; actor: string; at: Date; byHand?: boolean },
): HistoryEntry {
  if (!ranShort) return overrideExpired({ team, ...ended });
  const details = { user_name: ended.in_name ?? ended.out_name, removed_manually: byHand };
  return { event_type: 'override_end', team, actor, at, details };
}

/** The history entry of an override that ran out. */
export const overrideExpired = ({
  team,
  in_name,
  out_name,
  ends_at,
}: Omit<EndedOverride, 'ranShort'> & { team: string }): HistoryEntry => ({
  event_type: 'override_expired',
  team,
  actor: 'system',
  at: ends_at,
  details: { user_name: in_name ?? out_name, expired_at: ends_at.toISOString() },
});
