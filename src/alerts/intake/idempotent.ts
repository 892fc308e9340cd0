import { claimKey, ownerOf } from '../../kernel/db/idempotency';
import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { Report } from '../domain';
import { droppedOutcome, mutedOutcome, type Outcome } from '../domain/outcome';
import { byId } from '../store/alerts';
import { pointKeyAt } from '../store/idempotency';
import { savedCaller } from './caller';
import {
  attachReports,
  type DecidedAndStored,
  decideAndStore,
  incidentsOf,
  type ReportDeps,
  whileMutesChange,
} from './reports';

const OPERATION = 'alerts.receive';

/** A report and the input it was made from. A repeated command must have the same input. */
export interface KeyedReport {
  report: Report;
  input: unknown;
}

/**
 * Takes reports that came with an Idempotency-Key: a command that is sent twice counts once and gets the same alerts.
 * These reports do not share a commit with others, which would have to wait for the lock of the key.
 * @throws Problem `invalid` if the key was used for another command
 */
export async function takeIdempotent(
  deps: ReportDeps,
  keyed: readonly KeyedReport[],
  caller: Caller,
): Promise<Outcome[]> {
  const { fresh, repeated, stored } = await whileMutesChange(deps, (db) =>
    withRetry(db, (trx) => storeUnderKey(deps, trx, keyed, caller)),
  );
  const outcomes = await attachReports(deps, stored, fresh);
  const outcomeOf = new Map(fresh.map((report, i) => [report, outcomes[i] as Outcome]));
  const before = new Map((await byId(deps.db, [...repeated.values()])).map((alert) => [alert.id, alert]));
  const attached = [...before.values()].filter(({ muted_by }) => muted_by === null);
  const incidentOf = await incidentsOf(deps, attached, savedCaller(caller));
  return keyed.map(({ report }): Outcome => {
    const alertId = repeated.get(report);
    if (alertId === undefined) return outcomeOf.get(report) as Outcome;
    const alert = before.get(alertId);
    if (alert === undefined) return droppedOutcome(null);
    if (alert.muted_by !== null) return mutedOutcome(alert, true);
    return { alertId, incidentId: incidentOf.get(alertId) ?? null, action: 'existing_incident', repeated: true };
  });
}

interface StoredUnderKey {
  /** Reports that were stored by this call. */
  fresh: Report[];
  /** Reports of a command that was stored before, each with the id of its alert. */
  repeated: Map<Report, string>;
  stored: DecidedAndStored;
}

async function storeUnderKey(
  deps: ReportDeps,
  trx: Db,
  keyed: readonly KeyedReport[],
  caller: Caller,
): Promise<StoredUnderKey> {
  const repeated = new Map<Report, string>();
  for (const [i, { report, input }] of keyed.entries()) {
    const claim = { operation: OPERATION, input, resourceId: report.id };
    const first = await claimKey(trx, deps.clock.now(), { ...caller, idempotencyKey: keyAt(caller, i) }, claim);
    if (first !== null) repeated.set(report, first);
  }
  const fresh = keyed.map(({ report }) => report).filter((report) => !repeated.has(report));
  const stored = await decideAndStore(deps, trx, fresh, savedCaller(caller));
  const all = [...(stored.group?.members ?? []), ...stored.muted];
  const alertOf = new Map(all.map(({ alert }) => [alert.fingerprint, alert.id]));
  for (const [i, { report }] of keyed.entries()) {
    const alertId = alertOf.get(report.fingerprint);
    if (!repeated.has(report) && alertId !== undefined && alertId !== report.id) {
      await pointKeyAt(trx, { actor: ownerOf(caller), key: keyAt(caller, i) }, OPERATION, alertId);
    }
  }
  return { fresh, repeated, stored };
}

/** Each report of a batch has a key of its own; the first has that of the command. */
const keyAt = ({ idempotencyKey }: Caller, index: number): string =>
  `${idempotencyKey}${index === 0 ? '' : `#${index}`}`;
