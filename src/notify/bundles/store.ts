import { createHash } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import { idOf, SEVERITIES } from '../../kernel/ports/values';
import type { ChannelName } from '../contract';
import type { Notification } from '../store/notifications';
import { type Pace, WINDOW_MS } from './pace';

/** Rows of bundles: the pace of addresses, the pages that wait, and those of a bundle. */

/** An address in its one spelling. */
export interface AddressOfBundle {
  channel: ChannelName;
  address: string;
}

/** A page and the service of its incident; null if the state of the incident is unknown. */
export type Member = Notification & { service: string | null };

/** How many of the most severe and the newest pages of a minute a row keeps: the most that the setting allows to go at once. */
const KEPT = 100;

export const keyOf = (address: string): string => createHash('sha256').update(address).digest('base64url');

/**
 * Adds pages to the pace of their addresses, and returns the paces as they were before. Until the transaction ends, other pages
 * to these addresses wait.
 */
export async function takePaces(
  trx: Db,
  pages: readonly (AddressOfBundle & { severities: readonly (string | null)[] })[],
  now: Date,
): Promise<Map<string, Pace>> {
  const given = pages.map(({ channel, address, severities }) => ({
    ...{ channel, address_key: keyOf(address) },
    recent: severities.map((severity) => ({ at: now.toISOString(), severity })),
  }));
  const { rows } = await trx.raw(
    `insert into page_paces as p (channel, address_key, recent, updated_at)
     select channel, address_key, recent, :now
       from jsonb_to_recordset(cast(:given as jsonb)) as g(channel text, address_key text, recent jsonb)
      order by channel, address_key
     on conflict (channel, address_key) do update set updated_at = excluded.updated_at, recent = (
       select coalesce(jsonb_agg(page), '[]') from (
         select page from jsonb_array_elements(p.recent) as page where page->>'at' > :since
          order by array_position(cast(:severities as text[]), page->>'severity'), page->>'at' desc limit ${KEPT}) kept
       ) || excluded.recent
     returning channel, address_key, recent, bundled_at`,
    {
      ...{ now, given: JSON.stringify(given), severities: [...SEVERITIES] },
      since: new Date(now.getTime() - WINDOW_MS).toISOString(),
    },
  );
  const added = new Map(given.map(({ channel, address_key, recent }) => [`${channel} ${address_key}`, recent.length]));
  return new Map(
    rows.map(({ channel, address_key, recent, bundled_at }: PaceRow) => {
      const key = `${channel} ${address_key}`;
      const before = recent.slice(0, recent.length - (added.get(key) ?? 0));
      return [
        key,
        {
          recent: before.map(({ at, severity }) => ({ at: new Date(at), severity })),
          bundledAt: bundled_at,
        },
      ];
    }),
  );
}

interface PaceRow {
  channel: ChannelName;
  address_key: string;
  recent: { at: string; severity: string | null }[];
  bundled_at: Date | null;
}

/** Locks the pace of an address until the transaction ends, so that no page is gathered meanwhile. */
export async function lockPace(trx: Db, { channel, address }: AddressOfBundle): Promise<void> {
  await trx('page_paces')
    .where({ channel, address_key: keyOf(address) })
    .forUpdate()
    .first('channel');
}

export async function saveBundled(trx: Db, { channel, address }: AddressOfBundle, now: Date): Promise<void> {
  await trx('page_paces')
    .where({ channel, address_key: keyOf(address) })
    .update({ bundled_at: now });
}

export const forgetPaces = (db: Db, before: Date): Promise<number> =>
  db('page_paces').where('updated_at', '<', before).delete();

const WITH_SERVICE = `select n.*, s.state->>'service' as service
  from notifications n left join incident_states s on s.incident_id = n.incident_id`;
const BY_URGENCY = `order by array_position(cast(:severities as text[]), cast(n.severity as text)), n.created_at, n.id`;

/** The pages that wait for a bundle at an address, the most severe first; locked until the transaction ends. */
export async function waitingAt(
  trx: Db,
  { channel, address, ignoresCase }: AddressOfBundle & { ignoresCase: boolean },
  limit: number,
): Promise<Member[]> {
  const { rows } = await trx.raw(
    `${WITH_SERVICE}
      where n.channel = :channel and ${ignoresCase ? 'lower(n.recipient)' : 'n.recipient'} = :address
        and n.gathered_until is not null and n.bundle_id is null and n.status = 'queued'
      ${BY_URGENCY} limit :limit for update of n`,
    { channel, address, limit, severities: [...SEVERITIES] },
  );
  return rows;
}

/** Puts pages into a bundle. A single page that goes by itself is its own carrier. */
export async function assign(trx: Db, ids: readonly string[], bundleId: string): Promise<void> {
  await trx('notifications')
    .whereRaw('id = any(cast(? as uuid[]))', [[...ids]])
    .update({ bundle_id: bundleId });
}

/** The pages of a bundle that still wait: a page whose incident was taken in the meantime is cancelled. */
export async function openMembers(db: Db, bundleId: string): Promise<Member[]> {
  const { rows } = await db.raw(`${WITH_SERVICE} where n.bundle_id = :bundleId and n.status = 'queued' ${BY_URGENCY}`, {
    bundleId,
    severities: [...SEVERITIES],
  });
  return rows;
}

/** Ends the pages of a bundle that still wait, and returns them as they were before. */
export async function endMembers(
  trx: Db,
  bundleId: string,
  end: { status: 'sent'; sent_at: Date } | { status: 'failed'; reason: string },
): Promise<Notification[]> {
  return trx('notifications').where({ bundle_id: bundleId, status: 'queued' }).update(end).returning('*');
}

/** Cancels a bundle of which no page waits any more. */
export const cancelIfEmpty = (db: Db, id: string): Promise<number> =>
  db('notifications')
    .where({ id, kind: 'bundle', status: 'queued' })
    .whereRaw(`not exists (select 1 from notifications m where m.bundle_id = ? and m.status = 'queued')`, [id])
    .update({ status: 'cancelled', reason: 'no_page_left', next_attempt_at: null });

/** Locks the pages that a bundle carried until the transaction ends. */
export const lockMembers = (trx: Db, bundleId: string): Promise<Notification[]> =>
  trx('notifications').where({ bundle_id: bundleId }).whereNot({ status: 'cancelled' }).orderBy('id').forUpdate();

/** The incidents of bundles, in the order in which the bundle lists them. */
export async function incidentsOfBundles(db: Db, ids: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await db.raw(
    `select n.bundle_id, n.incident_id from notifications n
      where n.bundle_id = any(cast(:ids as uuid[])) and n.status <> 'cancelled' ${BY_URGENCY}`,
    { ids: ids.filter((id) => idOf(id) !== null), severities: [...SEVERITIES] },
  );
  const found = new Map<string, string[]>();
  for (const { bundle_id, incident_id } of rows) {
    const incidents = found.get(bundle_id) ?? [];
    if (!incidents.includes(incident_id)) found.set(bundle_id, [...incidents, incident_id]);
  }
  return found;
}
