import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import { idOf } from '../../kernel/ports/values';
import { fingerprintOfKey } from '../domain/fingerprint';
import { clip } from '../formats/read';
import type { RecordChange, VendorRecord, VendorRecords } from '../formats/records';
import { savedCaller } from '../intake/caller';
import type { Intake } from '../intake/intake';
import { presentAlerts } from '../search/queries';
import { byId, latestOf, ofIntegration } from '../store/alerts';
import * as store from '../store/vendorRecords';
import { countRecords, searchRecords } from '../store/vendorSearch';

export interface RecordsDeps {
  db: Db;
  clock: Clock;
  /** Called after a commit that enqueued jobs. */
  wakeWorker: () => void;
  linksSaved: Intake['linksSaved'];
}

/** Characters of a note of an incident. */
const LONGEST_NOTE = 20_000;

/** The records of one integration, for one request. */
export function vendorRecords(
  deps: RecordsDeps,
  integration: { id: string; name: string },
  caller: Caller,
): VendorRecords {
  const { db, clock } = deps;
  const fingerprintOf = (key: string) =>
    fingerprintOfKey({ actor: integration.name, integrationId: integration.id }, key);

  async function presented(rows: readonly store.VendorRecordRow[]): Promise<VendorRecord[]> {
    await deps.linksSaved();
    const ids = rows.map(({ alert_id }) => alert_id);
    const alerts = new Map(
      (await presentAlerts(db, await byId(db, ids), clock.now())).map((alert) => [alert.id, alert]),
    );
    return rows.flatMap(({ alert_id, key, number, fields, changed_at }) => {
      const alert = alerts.get(alert_id);
      return alert === undefined ? [] : [{ alert, key, number, fields, changedAt: changed_at.toISOString() }];
    });
  }

  /**
   * An alert that fires on after a person resolved its incident has a successor. If that was not created by a request of
   * the vendor's API, it gets a copy of the record of its predecessor.
   */
  async function copied(alertId: string): Promise<store.VendorRecordRow | null> {
    const [alert] = await byId(db, [alertId]);
    const before = alert === undefined ? null : await store.newestRecordOf(db, alert.fingerprint);
    if (before === null) return null;
    await change(alertId, before.key, (fields) => ({
      fields: Object.keys(fields).length > 0 ? fields : before.fields,
    }));
    return store.recordOf(db, alertId);
  }

  async function of(text: string): Promise<VendorRecord | null> {
    const id = idOf(text);
    const alertId = id === null ? null : await ofIntegration(db, integration.id, id);
    if (alertId === null) return null;
    const row = (await store.recordOf(db, alertId)) ?? (await copied(alertId));
    return row === null ? null : ((await presented([row]))[0] ?? null);
  }

  async function change(
    alertId: string,
    key: string,
    changeOf: (fields: VendorRecord['fields']) => RecordChange,
  ): Promise<void> {
    const noted = await withRetry(db, async (trx) => {
      const now = clock.now();
      const place = { alertId, integrationId: integration.id, fingerprint: fingerprintOf(key), key, now };
      const { fields: before } = await store.lockRecord(trx, place);
      const { fields, log = [], notes = [] } = changeOf(before);
      await store.saveFields(trx, alertId, fields, now);
      await store.appendLog(trx, alertId, log, now);
      const since = now.toISOString();
      const jobs = notes.map(({ author, text }) => ({
        kind: 'note-incident' as const,
        payload: { alert_id: alertId, author, content: clip(text, LONGEST_NOTE), by: savedCaller(caller), since },
      }));
      await enqueue(trx, now, jobs);
      return jobs.length > 0;
    });
    if (noted) deps.wakeWorker();
  }

  return {
    of,
    change,
    async withNumber(number) {
      const alertId = await store.alertOfNumber(db, integration.id, number);
      return alertId === null ? null : of(alertId);
    },
    async withKey(key) {
      const alertId = await latestOf(db, fingerprintOf(key));
      return alertId === null ? null : of(alertId);
    },
    find: async (search) => presented(await searchRecords(db, integration.id, search)),
    count: (filters) => countRecords(db, integration.id, filters),
    async log(alertId, page) {
      const rows = await store.logOf(db, alertId, page);
      return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
    },
    async saveRequest(id, alertId, result) {
      await store.saveRequest(db, integration.id, { id, alert_id: alertId, at: clock.now(), result });
    },
    async requestWithId(text) {
      const id = idOf(text);
      const row = id === null ? null : await store.requestOf(db, integration.id, id);
      return row && { alertId: row.alert_id, result: row.result };
    },
  };
}
