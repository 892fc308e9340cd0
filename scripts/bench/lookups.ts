/**
 * Asks oncall's own port who is on call, in a process of its own on the product's database: what the module costs its
 * neighbours, without HTTP. Its parent says where the database is; it ends when the parent does.
 */
import pino from 'pino';
import { Registry } from 'prom-client';
import { readConfig } from '../../src/config/config';
import { NO_CHANNELS, settingsOf } from '../../src/config/settings';
import { systemClock } from '../../src/kernel/clock';
import { connect } from '../../src/kernel/db/pool';
import { httpPort } from '../../src/kernel/ports/client';
import { systemCaller } from '../../src/kernel/ports/contract';
import { notifyContract } from '../../src/notify/contract';
import { createOncall } from '../../src/oncall';
import { timed } from './numbers';

export interface Lookups {
  /** Of oncall's database. */
  url: string;
  schedules: number;
  lookups: number;
}

/** No lookup notifies anyone, so that nothing listens at this address. */
const NOTIFY_URL = 'http://127.0.0.1:1';

async function run({ url, schedules, lookups }: Lookups): Promise<void> {
  const db = connect(url, { applicationName: 'tocsin bench' });
  const { port } = createOncall({
    ...readConfig({}, settingsOf(NO_CHANNELS)),
    db,
    databaseUrl: url,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    registry: new Registry(),
    notify: httpPort(notifyContract, NOTIFY_URL, { headers: () => ({}) }),
  });
  const caller = systemCaller('bench');
  try {
    const look = (n: number) => port.current({ team: `team-${(n * 7) % schedules}` }, caller);
    // The first round is not counted: this process has just begun, and the product has just been filled.
    await timed(lookups, look);
    const result = await timed(lookups, look);
    // What the machine itself takes for a question without an answer.
    const empty = await timed(lookups, async () => db.raw('select 1'));
    process.send?.({ result, empty });
  } catch (error) {
    process.send?.({ error: (error as Error).message });
  }
}

process.on('disconnect', () => process.exit());
process.once('message', (asked) => void run(asked as Lookups));
