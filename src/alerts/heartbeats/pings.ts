import { groupCommit } from '../../kernel/async/groupCommit';
import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { BY_SYSTEM, record } from '../../kernel/events/events';
import { unavailable } from '../../kernel/ports/problem';
import { beat, type PingKind } from '../domain/heartbeats';
import { enqueueLook, type HeartbeatRow, lockPinged, savePulses, withDeadline } from '../store/heartbeats';
import { addPings, type PingRow } from '../store/pings';
import { changed } from './look';
import { storedState } from './present';

/** One ping of a heartbeat. */
export interface Ping {
  /** The heartbeat: its ping id, or its slug. With a team only a heartbeat of that team. */
  target: { pingId: string } | { slug: string; team: string | null };
  kind: PingKind;
  exitCode: number | null;
  rid: string | null;
  method: string;
  /** The beginning of the body; null if it is empty. */
  body: string | null;
  bodyBytes: number;
}

export interface Pings {
  /**
   * Stores a ping together with the job for the next deadline.
   * @param lane the credential; pings of one credential share commits and cannot delay those of others for long
   * @returns false if there is no such heartbeat
   * @throws Problem `unavailable` if too many pings of the credential wait, or if the database cannot be reached
   */
  take(lane: string, ping: Ping): Promise<boolean>;
  /** Resolves when no ping waits or is being stored. */
  idle(): Promise<void>;
}

/** How many pings of one credential may wait. */
const MOST_OF_A_LANE = 500;
/** Approximate characters of a ping without its body. */
const FRAME = 300;
/** Less than the pool has connections, so that pings leave some for alerts. */
const GROUPS_AT_ONCE = 2;

interface Waiting {
  lane: string;
  key: string;
  weight: number;
  ping: Ping;
  at: Date;
}

export function pingIntake({ db, clock }: { db: Db; clock: Clock }): Pings {
  const waiting = new Map<string, number>();
  const groups = groupCommit<Waiting, boolean>({
    atOnce: GROUPS_AT_ONCE,
    handle: (members) => withRetry(db, (trx) => storePings(trx, members, clock.now())),
  });
  return {
    async take(lane, ping) {
      const ofLane = waiting.get(lane) ?? 0;
      if (ofLane >= MOST_OF_A_LANE)
        throw unavailable('Too many pings with this key at once. Send this again later.', 2);
      waiting.set(lane, ofLane + 1);
      try {
        const { target, body } = ping;
        const key = 'pingId' in target ? target.pingId : target.slug;
        return await groups.submit({ lane, key, weight: FRAME + (body?.length ?? 0), ping, at: clock.now() });
      } finally {
        const left = (waiting.get(lane) ?? 1) - 1;
        if (left === 0) waiting.delete(lane);
        else waiting.set(lane, left);
      }
    },
    idle: groups.quiet,
  };
}

/** Stores pings in their order. @returns for each, whether its heartbeat exists */
async function storePings(trx: Db, members: readonly Waiting[], now: Date): Promise<boolean[]> {
  const targets = members.map(({ ping }) => ping.target);
  const before = await lockPinged(trx, {
    slugs: targets.flatMap((target) => ('slug' in target ? [target.slug] : [])),
    pingIds: targets.flatMap((target) => ('pingId' in target ? [target.pingId] : [])),
  });
  const current = new Map(before.map((row) => [row.id, row]));
  const kept: PingRow[] = [];
  const found = members.map(({ ping, at }) => {
    const row = before.find((one) => names(ping.target, one));
    const latest = row && current.get(row.id);
    if (latest === undefined) return false;
    const { after, runMs } = pinged(latest, ping, at);
    current.set(latest.id, after);
    kept.push(rowOf(after, ping, { at, runMs }));
    return true;
  });
  const after = [...current.values()].map(withDeadline);
  await savePulses(trx, after);
  await addPings(trx, kept);
  await enqueueLook(
    trx,
    now,
    after.flatMap((row) => nextLook(row, now)),
  );
  const moved = after.filter((row, at) => isNews(before[at] as HeartbeatRow, row, now));
  await record(
    trx,
    moved.map((row) => changed(row, now)),
    BY_SYSTEM,
  );
  return found;
}

const names = (target: Ping['target'], { pingId, slug, team }: HeartbeatRow): boolean =>
  'pingId' in target
    ? target.pingId === pingId
    : target.slug === slug && (target.team === null || target.team === team);

function pinged(row: HeartbeatRow, { kind, rid, exitCode }: Ping, at: Date) {
  const detail = exitCode === null ? null : `exit code ${exitCode}`;
  const { pulse, runMs } = beat(row.pulse, { kind, at, rid, detail });
  const lastRunMs = runMs ?? row.lastRunMs;
  return { after: { ...row, pulse, lastRunMs, pings: row.pings + 1, lastPingAt: at }, runMs };
}

const rowOf = (
  { id, pings }: HeartbeatRow,
  ping: Ping,
  { at, runMs }: { at: Date; runMs: number | null },
): PingRow => ({
  heartbeat_id: id,
  number: pings,
  at,
  kind: ping.kind,
  exit_code: ping.exitCode,
  rid: ping.rid,
  run_ms: runMs,
  method: ping.method,
  body: ping.body,
  body_bytes: ping.bodyBytes,
});

/** At once if its alert must be reported or ended, else at its deadline. */
function nextLook({ id, paused, pulse, alerting, downAt }: HeartbeatRow, now: Date): { id: string; runAt: Date }[] {
  if (paused) return [];
  if (pulse.down !== null || alerting) return [{ id, runAt: now }];
  return downAt === null ? [] : [{ id, runAt: downAt }];
}

/** Runs begin and end too often for an event each; pages poll for them. */
const QUIET = ['up', 'started', 'late'];
function isNews(before: HeartbeatRow, after: HeartbeatRow, now: Date): boolean {
  const [was, is] = [storedState(before, now), storedState(after, now)];
  return was !== is && !(QUIET.includes(was) && QUIET.includes(is));
}
