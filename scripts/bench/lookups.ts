/**
 * Measures look-ups of who is on call through oncall's port, without HTTP, in its own process on the product's database.
 * The parent process sends the database URL; this process ends with it.
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
  /** URL of oncall's database. */
  url: string;
  schedules: number;
  lookups: number;
}

/** Nothing listens at this address, because a look-up does not notify. */
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
    // The first round is a warm-up and not counted.
    await timed(lookups, look);
    const result = await timed(lookups, look);
    // The cost of an empty query on this machine.
    const empty = await timed(lookups, async () => db.raw('select 1'));
    process.send?.({ result, empty });
  } catch (error) {
    process.send?.({ error: (error as Error).message });
  }
}

process.on('disconnect', () => process.exit());
process.once('message', (asked) => void run(asked as Lookups));
