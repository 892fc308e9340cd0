import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { type Clock, days, hours } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { maskText } from '../../kernel/mask';
import { isReserved, lookOf } from '../../kernel/names';
import type { Caller, Service } from '../../kernel/ports/contract';
import { requireCurrent } from '../../kernel/ports/ifMatch';
import { maskAnswer } from '../../kernel/ports/maskAnswer';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract, AlertsEvent, Integration } from '../contract';
import { pathOfFormat } from '../contract/formats';
import {
  add,
  all,
  change,
  type IntegrationRow,
  type IntegrationSettings,
  lock,
  lockNames,
  replaceKey,
  revoke,
} from '../store/integrations';
import { rejectedOf } from '../store/rejected';
import type { Counters } from './counters';
import { type KeyLookup, newKey } from './keys';
import { requireFit, type StoredSettingsDeps, storedSettings } from './storedSettings';

export interface IntegrationDeps extends StoredSettingsDeps {
  db: Db;
  clock: Clock;
  /** Base of the URLs that are set in tools, without a slash at its end. */
  publicUrl: string;
  keys: KeyLookup;
  counters: Counters;
}

export type IntegrationOperations = Pick<
  Service<AlertsContract>,
  'listIntegrations' | 'createIntegration' | 'updateIntegration' | 'rotateKey' | 'revokeIntegration' | 'rejected'
>;

const DEFAULTS: Omit<IntegrationSettings, 'name'> = {
  service: null,
  team: null,
  severity_map: {},
  service_labels: [],
  severity_labels: [],
  auto_resolve: true,
  stale_after: null,
  resolve_expired: false,
  rate_per_minute: null,
  mapping: null,
  signature_secret: null,
  signature_timestamp_header: null,
};

const notFound = (): Problem => new Problem('not-found', 'Integration not found');

/**
 * Refuses a name that looks like the name of another integration or of Tocsin itself, by the rules for users and keys. An
 * equal name is accepted, because scripts create several integrations with one name.
 * @param own id of the integration that gets the name, if it exists
 * @throws Problem `invalid` if the name is reserved, `conflict` if the name of an integration that is not revoked looks alike
 */
async function claimName(trx: Db, name: string, own?: string): Promise<void> {
  if (isReserved(name)) {
    throw invalid([{ path: 'name', message: `'${name}' is reserved for Tocsin itself. Choose another name` }]);
  }
  const look = lookOf(name);
  const others = (await lockNames(trx)).filter(({ id }) => id !== own);
  const taken = others.find((one) => one.name !== name && lookOf(one.name) === look);
  if (taken === undefined) return;
  throw new Problem(
    'conflict',
    `An integration named '${taken.name}' exists, and '${name}' looks the same. Choose another name.`,
  );
}

/** Operations of integrations. */
export function integrations(deps: IntegrationDeps): IntegrationOperations {
  const { db, clock, publicUrl, keys, counters } = deps;
  const event = (
    kind: AlertsEvent,
    { id, name, format }: IntegrationRow,
    caller: Caller,
    more: object = {},
  ): NewEvent<AlertsEvent> => ({
    kind,
    subject: id,
    actor: caller.actor,
    data: { name, format, ...more },
    at: clock.now(),
  });

  const present = (row: IntegrationRow) => presentIntegration(row, clock.now(), counters);
  const withKey = (row: IntegrationRow, key: string) => ({
    ...present(row),
    key,
    url: publicUrl + pathOfFormat(row.format).replace(':key', key),
  });

  /** Runs a change of an integration that exists and is not revoked. */
  async function changing(
    given: string,
    act: (trx: Db, row: IntegrationRow) => Promise<IntegrationRow>,
  ): Promise<IntegrationRow> {
    const id = idOf(given);
    if (id === null) throw notFound();
    const changed = await db.transaction(async (trx) => {
      const row = await lock(trx, id);
      if (row === undefined) throw notFound();
      if (row.revoked_at !== null) throw new Problem('conflict', 'This integration has been revoked.');
      return act(trx, row);
    });
    keys.clear();
    return changed;
  }

  return {
    listIntegrations: async () => ({ integrations: await inSlices(mapSteps(await all(db), present)) }),

    async createIntegration({ format, ...settings }, caller) {
      requireFit(format, settings);
      const { key, hash, prefix } = newKey();
      const made = { id: randomUUID(), format, created_at: clock.now(), created_by: caller.actor };
      const given = await storedSettings(deps, made.id, settings);
      const row = await db.transaction(async (trx) => {
        await claimName(trx, settings.name);
        const stored = await add(trx, {
          ...DEFAULTS,
          ...given,
          name: settings.name,
          ...made,
          key_hash: hash,
          key_prefix: prefix,
        });
        await record(trx, [event('integration_created', stored, caller)], caller);
        return stored;
      });
      return withKey(row, key);
    },

    async updateIntegration({ id, if_match, ...settings }, caller) {
      const changes = await storedSettings(deps, idOf(id) ?? '', settings);
      const row = await changing(id, async (trx, before) => {
        requireCurrent(if_match, String(before.version));
        requireFit(before.format, changes);
        if (changes.name !== undefined) await claimName(trx, changes.name, before.id);
        const changed = Object.keys(changes).filter((name) =>
          differs(name as keyof IntegrationSettings, before, changes),
        );
        if (changed.length === 0) return before;
        const after = await change(trx, before.id, changes);
        await record(trx, [event('integration_updated', after, caller, { changed })], caller);
        return after;
      });
      return present(row);
    },

    async rotateKey({ id, overlap_hours }, caller) {
      const { key, hash, prefix } = newKey();
      const row = await changing(id, async (trx, before) => {
        const endsAt = new Date(clock.now().getTime() + hours(overlap_hours));
        const after = await replaceKey(trx, before.id, { hash, prefix }, endsAt);
        const more = { old_key_ends_at: endsAt.toISOString() };
        await record(trx, [event('integration_key_rotated', after, caller, more)], caller);
        return after;
      });
      return withKey(row, key);
    },

    async revokeIntegration({ id: text }, caller) {
      const id = idOf(text);
      const revoked =
        id &&
        (await db.transaction(async (trx) => {
          const result = await revoke(trx, id, clock.now());
          if (result?.changed) await record(trx, [event('integration_revoked', result.integration, caller)], caller);
          return result;
        }));
      if (!revoked) throw notFound();
      keys.clear();
      return present(revoked.integration);
    },

    async rejected({ id: text }) {
      const id = idOf(text);
      const since = new Date(clock.now().getTime() - days(1));
      const rows = id === null ? undefined : await rejectedOf(db, id, since);
      if (rows === undefined) throw notFound();
      const shown = rows.map(({ reason, body, at }) => ({ reason, body, at: at.toISOString() }));
      return { rejected: await maskAnswer(shown) };
    },
  };
}

const differs = (
  name: keyof IntegrationSettings,
  before: IntegrationSettings,
  after: Partial<IntegrationSettings>,
): boolean => JSON.stringify(before[name]) !== JSON.stringify(after[name]);

/** An integration as the API returns it, with the counts that this process has not saved yet. */
function presentIntegration(row: IntegrationRow, now: Date, counters: Counters): z.input<typeof Integration> {
  const { old_key_prefix, old_key_ends_at, last_rejected_at, last_rejection, version, signature_secret, ...rest } = row;
  const unsaved = counters.unsaved(row.id);
  const seen = unsaved?.seen_at ?? row.last_seen_at;
  return {
    ...rest,
    version: String(version),
    signed: signature_secret !== null,
    created_at: row.created_at.toISOString(),
    last_seen_at: seen?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    deliveries: row.deliveries + (unsaved?.deliveries ?? 0),
    accepted: row.accepted + (unsaved?.accepted ?? 0),
    deduplicated: row.deduplicated + (unsaved?.deduplicated ?? 0),
    rate_limited: row.rate_limited + (unsaved?.rate_limited ?? 0),
    first_alert_id: row.first_alert_id ?? unsaved?.first_alert_id ?? null,
    last_rejection:
      last_rejected_at === null ? null : { at: last_rejected_at.toISOString(), reason: maskText(last_rejection ?? '') },
    old_key:
      old_key_prefix === null || old_key_ends_at === null || old_key_ends_at <= now
        ? null
        : { key_prefix: old_key_prefix, ends_at: old_key_ends_at.toISOString() },
  };
}
