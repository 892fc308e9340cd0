import type { Db } from '../../kernel/db/pool';
import { enqueue, type Job } from '../../kernel/jobs/jobs';
import { idOf } from '../../kernel/ports/values';
import type { Channels } from '../channels/open';
import { spellingOf } from '../delivery/message';
import { firstDelivery } from '../delivery/stored';
import { type NewNotification, storeNotifications } from '../store/notifications';
import { type RecentPage, turnOf } from './pace';
import { type AddressOfBundle, keyOf, takePaces } from './store';

/** Stores pages: the first ones to an address go at once, and more of them within a minute wait for a bundle. */

export interface Gathering {
  channels: Channels;
  /** Pages to one address within a minute that go at once; 0 gathers none. */
  bundleAfter: number;
}

const isPaced = ({ status, audience, outcome, kind, incident_id }: NewNotification): boolean =>
  status === 'queued' && audience === 'person' && outcome === null && kind === null && idOf(incident_id) !== null;

/** Whether any of these messages is a page whose pace counts. */
export const hasPages = (rows: readonly NewNotification[]): boolean => rows.some(isPaced);

type Parts = Omit<Parameters<typeof storeNotifications>[3], 'jobs'>;

/**
 * Stores the messages of a command in the caller's transaction, with the jobs of their deliveries or bundles. Sets
 * `gathered_until` of those that wait. False, and nothing, if the command was stored before.
 */
export async function storePages(
  trx: Db,
  gathering: Gathering,
  rows: readonly NewNotification[],
  parts: Parts,
  now: Date,
): Promise<boolean> {
  const bundles = await gather(trx, gathering, rows, now);
  const jobs = rows.filter(({ status, gathered_until }) => status === 'queued' && gathered_until === null);
  if (!(await storeNotifications(trx, now, rows, { ...parts, jobs: jobs.map(firstDelivery) }))) return false;
  await enqueue(trx, now, bundles);
  return true;
}

async function gather(
  trx: Db,
  { channels, bundleAfter }: Gathering,
  rows: readonly NewNotification[],
  now: Date,
): Promise<Job[]> {
  if (bundleAfter === 0) return [];
  const byAddress = new Map<string, { at: AddressOfBundle; rows: NewNotification[] }>();
  for (const row of rows.filter(isPaced)) {
    const at = { channel: row.channel, address: spellingOf(row, channels) };
    const key = `${at.channel} ${keyOf(at.address)}`;
    byAddress.set(key, { at, rows: [...(byAddress.get(key)?.rows ?? []), row] });
  }
  if (byAddress.size === 0) return [];
  const asked = [...byAddress.values()].map(({ at, rows: own }) => ({
    ...at,
    severities: own.map(({ severity }) => severity),
  }));
  const paces = await takePaces(trx, asked, now);
  return [...byAddress].flatMap(([key, { at, rows: own }]) => {
    const { recent: before = [], bundledAt = null } = paces.get(key) ?? {};
    const recent: RecentPage[] = [...before];
    return own.flatMap((row) => {
      const turn = turnOf({ recent, bundledAt }, { severity: row.severity, now, atOnce: bundleAfter });
      recent.push({ at: now, severity: row.severity });
      // Also null: the transaction can run again.
      row.gathered_until = turn.kind === 'at_once' ? null : turn.until;
      if (turn.kind === 'at_once') return [];
      return [bundleJob(at, turn.until)];
    });
  });
}

/** There is one job per address: a later page joins the bundle that is due already. */
export const bundleJob = (payload: AddressOfBundle, runAt: Date): Job<'bundle', AddressOfBundle> => ({
  kind: 'bundle',
  key: `bundle:${payload.channel}:${keyOf(payload.address)}`,
  payload,
  runAt,
});
