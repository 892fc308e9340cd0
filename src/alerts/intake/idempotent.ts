import { claimKey, ownerOf } from '../../kernel/db/idempotency';
import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import type { Report } from '../domain';
import type { Outcome } from '../domain/outcome';
import { byId } from '../store/alerts';
import { pointKeyAt } from '../store/idempotency';
import { savedCaller } from './caller';
import type { Group } from './group';
import { attachReports, foldAndStore, incidentsOf, type ReportDeps } from './reports';

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
  const { fresh, repeated, group } = await withRetry(deps.db, (trx) => storeUnderKey(deps, trx, keyed, caller));
  const outcomes = await attachReports(deps, group, fresh);
  const outcomeOf = new Map(fresh.map((report, i) => [report, outcomes[i] as Outcome]));
  const incidentOf = await incidentsOf(deps, await byId(deps.db, [...repeated.values()]), savedCaller(caller));
  return keyed.map(({ report }) => {
    const alertId = repeated.get(report);
    if (alertId === undefined) return outcomeOf.get(report) as Outcome;
    return { alertId, incidentId: incidentOf.get(alertId) ?? null, action: 'existing_incident', repeated: true };
  });
}

interface StoredUnderKey {
  /** Reports that were stored by this call. */
  fresh: Report[];
  /** Reports of a command that was stored before, each with the id of its alert. */
  repeated: Map<Report, string>;
  group: Group | null;
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
  const group = await foldAndStore(deps, trx, fresh, savedCaller(caller));
  const alertOf = new Map(group?.members.map(({ alert }) => [alert.fingerprint, alert.id]));
  for (const [i, { report }] of keyed.entries()) {
    const alertId = alertOf.get(report.fingerprint);
    if (!repeated.has(report) && alertId !== undefined && alertId !== report.id) {
      await pointKeyAt(trx, { actor: ownerOf(caller), key: keyAt(caller, i) }, OPERATION, alertId);
    }
  }
  return { fresh, repeated, group };
}

/** Each report of a batch has a key of its own; the first has that of the command. */
const keyAt = ({ idempotencyKey }: Caller, index: number): string =>
  `${idempotencyKey}${index === 0 ? '' : `#${index}`}`;
