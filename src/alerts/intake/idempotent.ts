import type { Clock } from '../../kernel/clock';
import { claimKey, ownerOf } from '../../kernel/db/idempotency';
import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { Outcome, Report } from '../domain';
import { byId, type Stored } from '../store/alerts';
import { pointKeyAt } from '../store/idempotency';
import { saved } from './correlation';
import type { Intake } from './intake';

const OPERATION = 'alerts.receive';

/** A report together with what the client sent, by which a repetition is recognised. */
export interface Sent {
  report: Report;
  input: unknown;
}

/**
 * Takes reports that came under an Idempotency-Key: a command sent twice counts once, and is told the same alerts. They
 * do not share a commit with others', who would have to wait for the key.
 * @throws Problem `invalid` when the key was used for something else
 */
export async function takeIdempotent(
  { db, clock, reporting }: { db: Db; clock: Clock; reporting: Intake },
  sent: readonly Sent[],
  caller: Caller,
): Promise<Outcome[]> {
  const by = saved(caller);
  const made = new Map<Report, string>();
  const keyed = (i: number): Caller => ({
    ...caller,
    idempotencyKey: `${caller.idempotencyKey}${i === 0 ? '' : `#${i}`}`,
  });
  let fresh: Report[] = [];

  async function store(trx: Db): Promise<Stored> {
    made.clear();
    for (const [i, { report, input }] of sent.entries()) {
      const claim = { operation: OPERATION, input, resourceId: report.id };
      const first = await claimKey(trx, clock.now(), keyed(i), claim);
      if (first !== null) made.set(report, first);
    }
    fresh = sent.map(({ report }) => report).filter((report) => !made.has(report));
    const stored = await reporting.store(trx, fresh, by);
    const alertOf = new Map(stored.alerts.map(({ id, fingerprint }) => [fingerprint, id]));
    for (const [i, { report }] of sent.entries()) {
      const alertId = alertOf.get(report.fingerprint);
      const key = keyed(i).idempotencyKey as string;
      if (!made.has(report) && alertId !== undefined && alertId !== report.id) {
        await pointKeyAt(trx, { actor: ownerOf(caller), key }, OPERATION, alertId);
      }
    }
    return stored;
  }

  const stored = await withRetry(db, store);
  const outcomes = await reporting.attach(stored, fresh, by);
  const outcomeOf = new Map(fresh.map((report, i) => [report, outcomes[i] as Outcome]));
  const incidentOf = await reporting.incidentsOf(await byId(db, [...made.values()]), by);
  return sent.map(({ report }) => {
    const alertId = made.get(report);
    if (alertId === undefined) return outcomeOf.get(report) as Outcome;
    return { alertId, incidentId: incidentOf.get(alertId) ?? null, action: 'existing_incident', repeated: true };
  });
}
