import { randomUUID } from 'node:crypto';
import { withTimeout } from '../../kernel/async/withTimeout';
import { seconds } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, SYSTEM_ACTOR } from '../../kernel/events/events';
import { takeWalk, walkStep } from '../../kernel/jobs/walks';
import { systemCaller } from '../../kernel/ports/contract';
import { recordOwn } from '../audit/record';
import type { GatewayEvent, Source } from '../contract';
import type { Deps } from '../deps';
import {
  type Judged,
  judge,
  LATE_AFTER_MS,
  type OpenWalk,
  type Outage,
  stuckAt,
  UNWATCHED_AFTER_MS,
  untilNextLook,
} from './judge';
import {
  beginOutage,
  changeWatch,
  endOutage,
  lockWatch,
  openOutage,
  openWalks,
  saveJudged,
  type WatchState,
} from './store';

/** One look of the self-watch: which walks arrived, which are late, and whether the next one begins. */

export type LookDeps = Pick<Deps, 'db' | 'clock' | 'ports' | 'settings'>;

export interface Look {
  /** Whether this look began a walk. */
  began: boolean;
  /** What this look, and no other, found out about walks. */
  judged: Judgement[];
  state: WatchState;
  /** The outage that goes on. */
  outage: Outage | null;
  /** Set if this look began or ended the outage. */
  turned: 'failed' | 'recovered' | null;
  /** Milliseconds until the next look. */
  waitMs: number;
}

/** What is new about a walk. */
export type Judgement = Judged & Pick<OpenWalk, 'id' | 'started_at'>;

const ANSWERS_WITHIN_MS = seconds(2);
const BELOW = ['alerts', 'incidents', 'oncall', 'notify'] as const;
const caller = systemCaller('self-watch');

/**
 * Looks once. Of several gateways that look at once, one begins the walk and one notes each change.
 * @throws the error of the gateway's database
 */
export async function look(deps: LookDeps): Promise<Look> {
  const { db, clock } = deps;
  const open = await openWalks(db);
  const arrivals = await arrivalsOf(deps, open);
  const now = clock.now();
  const late = open.find(({ id, started_at }) => !arrivals.has(id) && isLate(started_at, now));
  const stuck = late === undefined || (await openOutage(db)) !== undefined ? null : await whereStuck(deps, late);
  return withRetry(db, (trx) => decide(trx, deps, { now, arrivals, stuck }));
}

const isLate = (startedAt: Date, now: Date): boolean => now.getTime() - startedAt.getTime() > LATE_AFTER_MS;

/** When walks arrived in notify. If notify does not answer, none did. */
async function arrivalsOf({ ports }: LookDeps, open: readonly OpenWalk[]): Promise<Map<string, Date>> {
  const steps = await Promise.all(open.map(({ id }) => asked(ports.notify.walked({ id }, caller))));
  return new Map(
    open.flatMap(({ id }, n) => {
      const at = steps[n]?.passed_at;
      return at ? [[id, new Date(at)] as const] : [];
    }),
  );
}

async function whereStuck({ db, ports }: LookDeps, { id }: OpenWalk): Promise<Source | null> {
  const steps = await Promise.all([
    walkStep(db, id),
    ...BELOW.map((module) => asked(ports[module].walked({ id }, caller))),
  ]);
  return stuckAt((['gateway', ...BELOW] as const).map((module, n) => ({ module, step: steps[n] ?? null })));
}

const asked = <T>(answer: Promise<T>): Promise<T | null> => withTimeout(answer, ANSWERS_WITHIN_MS).catch(() => null);

interface Seen {
  now: Date;
  arrivals: ReadonlyMap<string, Date>;
  stuck: Source | null;
}

async function decide(trx: Db, deps: LookDeps, { now, arrivals, stuck }: Seen): Promise<Look> {
  const { clock, settings } = deps;
  const before = await lockWatch(trx);
  const unwatched = before.looked_at !== null && now.getTime() - before.looked_at.getTime() > UNWATCHED_AFTER_MS;
  const walks = await openWalks(trx);
  const judged: Judgement[] = [];
  for (const walk of walks) {
    const found = judge(walk, { now, arrivedAt: arrivals.get(walk.id), unwatched });
    if (found === null) continue;
    await saveJudged(trx, walk.id, found);
    judged.push({ id: walk.id, started_at: walk.started_at, ...found });
  }
  const due = before.next_at === null || before.next_at <= now;
  const nextAt = due ? new Date(now.getTime() + seconds(settings.selfWatchSeconds)) : (before.next_at as Date);
  const began: OpenWalk = { id: randomUUID(), started_at: now, verdict: null };
  if (due) await takeWalk({ db: trx, clock }, { id: began.id, started_at: now.toISOString() });
  const passed = judged.findLast(({ verdict }) => verdict === 'passed');
  const change = {
    looked_at: now,
    next_at: nextAt,
    ...(due && { last_started_at: now }),
    ...(passed && { last_passed_at: passed.arrived_at ?? now, last_duration_ms: passed.duration_ms ?? 0 }),
  };
  await changeWatch(trx, change);
  const left = walks.filter(({ id }) => !judged.some((one) => one.id === id && one.verdict !== 'late'));
  return {
    began: due,
    judged,
    state: { ...before, ...change },
    ...(await turn(trx, judged, stuck, now)),
    waitMs: untilNextLook(due ? [...left, began] : left, nextAt, now),
  };
}

/** Begins an outage with the first walk that is late, and ends it with a walk that began later and arrived in time. */
async function turn(
  trx: Db,
  judged: readonly Judgement[],
  stuck: Source | null,
  now: Date,
): Promise<Pick<Look, 'outage' | 'turned'>> {
  const outage = (await openOutage(trx)) ?? null;
  const late = judged.find(({ verdict }) => verdict === 'late' || verdict === 'lost');
  if (outage === null && late !== undefined) {
    const begun = await beginOutage(trx, late.started_at, stuck);
    await recordOwn(trx, [changed('self_watch.failed', begun, now)], BY_SYSTEM);
    return { outage: begun, turned: 'failed' };
  }
  const recovers = ({ verdict, started_at }: Judgement): boolean =>
    verdict === 'passed' && outage !== null && started_at > outage.began_at;
  if (outage === null || !judged.some(recovers)) return { outage, turned: null };
  await endOutage(trx, now);
  await recordOwn(trx, [changed('self_watch.recovered', outage, now)], BY_SYSTEM);
  return { outage: null, turned: 'recovered' };
}

const changed = (kind: GatewayEvent, { id, began_at, stuck_at }: Outage, at: Date): NewEvent<GatewayEvent> => ({
  ...{ kind, subject: id, actor: SYSTEM_ACTOR, at },
  data: { began_at: began_at.toISOString(), stuck_at },
});
