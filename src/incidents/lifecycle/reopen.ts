import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { requireReopenable } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { withdrawalsOf } from '../escalation/outcome';
import { restartJob } from '../escalation/snooze';
import { knownId, notFound } from '../records/incidentId';
import { recordEntries } from '../records/recordEntries';
import { lockIncident, relinkAlerts, takeFreeSlot, writeReopened, writeUnacknowledged } from '../store/changes';
import { ensureEscalation, keepAtWork, restartEscalations, snoozedUntilOf, stopEscalations } from '../store/pause';
import { findIncident } from '../store/reads';
import { addTotals } from '../store/totals';
import type { Guard, Guarded } from './guard';
import { snoozeEnded } from './transitions';

/** The operations `reopen` and `unacknowledge`: the incident is open again, and its escalation restarts at step 1. */

type Reopen = Pick<Service<IncidentsContract>, 'reopen'> & Guarded<Pick<Service<IncidentsContract>, 'unacknowledge'>>;

interface Work {
  now: Date;
  caller: Caller;
}

/** The operations `reopen` and `unacknowledge`. */
export function reopenings({ db, clock, poke }: Deps): Reopen {
  /** Runs `work` on the locked incident, records its entries, and returns the incident afterwards. */
  async function changed(
    text: string,
    caller: Caller,
    prepare: (trx: Db, id: string) => Promise<void>,
    work: (trx: Db, locked: Incident, now: Date) => Promise<Entry[]>,
  ): Promise<Incident> {
    const id = knownId(text);
    const incident = await withRetry(db, async (trx) => {
      await prepare(trx, id);
      const locked = await lockIncident(trx, id);
      if (locked === null) throw notFound();
      await recordEntries(trx, await work(trx, locked, clock.now()), caller);
      return (await findIncident(trx, id)) as Incident;
    });
    poke();
    return incident;
  }

  /** Slots are locked before incidents. The incident is checked again under its lock; a refusal rolls the slot back. */
  async function claimSlot(trx: Db, id: string): Promise<void> {
    const before = await findIncident(trx, id);
    if (before === null) throw notFound();
    requireReopenable(before, clock.now());
    await takeFreeSlot(trx, before, clock.now());
  }

  return {
    reopen: ({ id }, caller) =>
      changed(id, caller, claimSlot, (trx, incident, now) => {
        requireReopenable(incident, now);
        return reopen(trx, incident, { now, caller });
      }),

    unacknowledge: ({ id }, caller, guard?: Guard) =>
      changed(
        id,
        caller,
        async () => {},
        async (trx, incident, now) => {
          await guard?.(trx, incident);
          const { status } = incident;
          if (status === 'open') return [];
          if (status !== 'resolved') return unacknowledge(trx, incident, { now, caller });
          throw new Problem('conflict', 'A resolved incident has no acknowledgement to take back. Reopen it instead');
        },
      ),
  };
}

async function reopen(trx: Db, incident: Incident, { now, caller }: Work): Promise<Entry[]> {
  const { id, mttr_seconds } = incident;
  await writeReopened(trx, id, now);
  const alerts = await relinkAlerts(trx, id);
  await restart(trx, id, `Reopened by ${caller.actor}`, { now, caller, spare: caller.email?.toLowerCase() });
  await enqueue(trx, now, withdrawalsOf(id, 'resolved', 'open', { now, caller }));
  await addTotals(trx, [{ incidentId: id, resolved: 1, mttrMs: inMs(mttr_seconds) }], -1);
  const detail = { from: 'resolved', to: 'open', alerts };
  return [{ incidentId: id, eventType: 'reopened', actor: caller.actor, detail, at: now }];
}

async function unacknowledge(trx: Db, incident: Incident, { now, caller }: Work): Promise<Entry[]> {
  const { id, status: from, mtta_seconds } = incident;
  const { actor } = caller;
  await writeUnacknowledged(trx, id, now);
  const snoozed = (await snoozedUntilOf(trx, id)) !== null;
  await stopEscalations(trx, [id], { acknowledged: [], now });
  await restart(trx, id, `Given back by ${actor}`, { now, caller });
  await enqueue(trx, now, withdrawalsOf(id, from, 'open', { now, caller }));
  await addTotals(trx, [{ incidentId: id, mttaMs: inMs(mtta_seconds) }], -1);
  const entry: Entry = { incidentId: id, eventType: 'unacknowledged', actor, detail: { from, to: 'open' }, at: now };
  return snoozed ? [snoozeEnded(id, 'unacknowledged', actor, now), entry] : [entry];
}

const inMs = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 1_000));

/** Restarts the stopped escalation of a locked incident at step 1, due now. */
async function restart(
  trx: Db,
  id: string,
  reason: string,
  { now, caller, spare }: Work & { spare?: string | undefined },
): Promise<void> {
  await ensureEscalation(trx, id);
  const turn = await restartEscalations(trx, id, { state: 'stopped' }, now);
  if (turn === null) return;
  if (spare !== undefined) await keepAtWork(trx, id, spare);
  await enqueue(trx, now, [restartJob(id, turn, reason.slice(0, 500), caller, { spare })]);
}
