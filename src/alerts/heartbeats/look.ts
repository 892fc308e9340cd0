import { randomUUID } from 'node:crypto';
import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import type { HandlersOf } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { AlertsEvent } from '../contract';
import { endingOf } from '../domain';
import { fingerprintOfKey, type Sender } from '../domain/fingerprint';
import { lookAt, repeatAt } from '../domain/heartbeats';
import type { Intake } from '../intake/intake';
import type { AlertChanges } from '../lifecycle/changes';
import {
  enqueueLook,
  type HeartbeatRow,
  lockHeartbeat,
  noteQuiet,
  removeDeleted,
  savePulses,
  withDeadline,
} from '../store/heartbeats';
import type { AlertJobs } from '../store/jobKinds';
import { lastFailure } from '../store/pings';
import type { OutageWatch } from './outages';
import { HEARTBEATS_ACTOR, reportOfHeartbeat } from './report';

export interface LookDeps {
  db: Db;
  clock: Clock;
  outages: Pick<OutageWatch, 'note'>;
  intake: Pick<Intake, 'take'>;
  changes: Pick<AlertChanges, 'resolve'>;
  publicUrl: string;
}

/** Alerts of heartbeats come from no integration; their condition is the id of the heartbeat. */
const SENDER: Sender = { actor: HEARTBEATS_ACTOR, integrationId: null };
const BY_HEARTBEATS = { actor: HEARTBEATS_ACTOR, kind: 'integration', role: null, email: null } as const;

/**
 * Handler of `heartbeat` jobs, the only place that reports alerts of heartbeats. One job per heartbeat exists, so a firing
 * and its end cannot overtake each other. The state is stored before it is reported; after a crash the job runs again, and
 * a repeated report only raises the count of the alert.
 */
export const heartbeatJob =
  (deps: LookDeps): HandlersOf<AlertJobs>['heartbeat'] =>
  async ({ id }) => {
    const { db, clock, outages } = deps;
    await outages.note();
    const heartbeat = await withRetry(db, (trx) => look(trx, id, clock.now()));
    if (heartbeat === undefined) return;
    const firing = isFiring(heartbeat);
    if (firing || heartbeat.alerting) await report(deps, heartbeat, firing);
    if (!firing && heartbeat.alerting) await noteQuiet(db, id);
    if (heartbeat.deletedAt !== null) await removeDeleted(db, id);
  };

const isFiring = ({ deletedAt, paused, pulse }: HeartbeatRow): boolean =>
  deletedAt === null && !paused && pulse.down !== null;

/** Judges the deadline and enqueues the next look. @returns the heartbeat after that; undefined if it is gone */
async function look(trx: Db, id: string, now: Date): Promise<HeartbeatRow | undefined> {
  const before = await lockHeartbeat(trx, id);
  if (before === undefined || before.deletedAt !== null) return before;
  const judged = { ...before, pulse: lookAt(before, now) };
  const firing = isFiring(judged);
  const after = withDeadline({ ...judged, alerting: before.alerting || firing });
  await savePulses(trx, [after]);
  const runAt = firing ? repeatAt(after.schedule, now) : after.downAt;
  await enqueueLook(trx, now, runAt === null ? [] : [{ id, runAt }]);
  if (firing && before.pulse.down === null) await record(trx, [changed(after, now)], BY_SYSTEM);
  return after;
}

/** The event for a change of a heartbeat's state. */
export const changed = ({ id, name }: Pick<HeartbeatRow, 'id' | 'name'>, at: Date): NewEvent<AlertsEvent> => ({
  ...{ kind: 'heartbeat_changed', subject: id, actor: SYSTEM_ACTOR, data: { name }, at },
});

async function report(
  { db, clock, intake, changes, publicUrl }: LookDeps,
  heartbeat: HeartbeatRow,
  firing: boolean,
): Promise<void> {
  const caller: Caller = { ...BY_HEARTBEATS, requestId: randomUUID() };
  if (!firing) {
    await changes.resolve([endingOf(fingerprintOfKey(SENDER, heartbeat.id), null, clock.now())], caller);
    return;
  }
  const output = heartbeat.pulse.down?.cause === 'failed' ? await lastFailure(db, heartbeat.id) : undefined;
  await intake.take(reportOfHeartbeat(heartbeat, { publicUrl, output }), SENDER, caller);
}
