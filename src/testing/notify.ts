import { Registry } from 'prom-client';
import { type FakeClock, fakeClock } from '../kernel/clock';
import type { RecordedEvent } from '../kernel/events/events';
import type { Hosted } from '../kernel/module';
import type { Port } from '../kernel/ports/contract';
import { createNotify, type NotifyDeps } from '../notify';
import type { NotifyContract } from '../notify/contract';
import { type TestDatabase, testDatabase } from './databases';
import { eventsSoFar } from './events';
import { silentLog } from './http';

/** Changed dependencies of the module. Channel settings are merged with earlier ones, by variable name. */
type Given = Partial<NotifyDeps>;

export interface NotifyHarness {
  port: Port<NotifyContract>;
  module: Hosted<NotifyContract>;
  clock: FakeClock;
  registry: Registry;
  database: TestDatabase;
  /** All events so far. Waits for events that an older transaction of another test hides. */
  facts(): Promise<RecordedEvent[]>;
  /** The value of a series; 0 if it does not exist. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
  /** Creates the module once more with other settings, on the same database. */
  rebuilt(settings: Given): NotifyHarness;
  /** Empties the database; stored settings of channels stay. */
  clean(): Promise<void>;
  close(): Promise<void>;
}

const TABLES = [
  'notifications',
  'attempts',
  'events',
  'jobs',
  'idempotency_keys',
  'answer_codes',
  'incident_messages',
  'incident_states',
  'receipts',
  'contact_methods',
  'contact_phones',
  'contact_sends',
  'notification_rules',
  'pages',
  'page_paces',
];
export const PUBLIC_URL = 'https://tocsin.example.com';
export const SECRET_KEY = 'a secret for the tests only';

/** The module notify with its own database and a fake clock. */
export async function notifyHarness(settings: Given = {}): Promise<NotifyHarness> {
  const database = await testDatabase('notify');
  const harness = build(database, fakeClock(), settings);
  return {
    ...harness,
    close: async () => {
      await harness.module.stop();
      await database.drop();
    },
  };
}

function build(database: TestDatabase, clock: FakeClock, settings: Given): NotifyHarness {
  const registry = new Registry();
  const module = createNotify({
    db: database.db,
    databaseUrl: database.url,
    clock,
    log: silentLog,
    registry,
    timeoutMs: 10_000,
    giveUpAfterMs: 60_000,
    reachedWithinMs: 60_000,
    bundleAfter: 3,
    outgoingAllow: [],
    defaultRoom: null,
    publicUrl: PUBLIC_URL,
    secretKey: SECRET_KEY,
    retentionDays: 30,
    auditDays: 60,
    ...settings,
    channelSettings: { MAIL_FROM: 'Tocsin <tocsin@example.com>', ...settings.channelSettings },
  });
  return {
    port: module.port,
    module,
    clock,
    registry,
    database,
    facts: () => eventsSoFar(database.db),
    async metric(name, labels = {}) {
      const series = (await registry.getSingleMetric(name)?.get())?.values ?? [];
      const found = series.find((s) => Object.entries(labels).every(([key, value]) => s.labels[key] === value));
      return found?.value ?? 0;
    },
    rebuilt: (more) => {
      const channelSettings = { ...settings.channelSettings, ...more.channelSettings };
      return build(database, clock, { ...settings, ...more, channelSettings });
    },
    async clean() {
      await database.db.transaction(async (trx) => {
        await trx.raw("set local tocsin.retention = 'on'");
        for (const table of TABLES) await trx(table).delete();
        await trx('tallies').delete();
        await trx('channel_states').update({
          ...{ state: 'untried', last_error: null, faults: 0, outage_since: null, restored_at: null },
          ...{ suspects: [], unanswered: [] },
        });
      });
    },
    close: () => module.stop(),
  };
}
