/**
 * Who is on call, asked of oncall's own port in a process of its own on the product's database: what the module costs its
 * neighbours, without HTTP. It is told where the database is and goes when its parent does. Run by tsx.
 */
import pino from 'pino';
import { Registry } from 'prom-client';
import { systemClock } from '../../src/kernel/clock.ts';
import { systemCaller } from '../../src/kernel/contract.ts';
import { connect } from '../../src/kernel/db.ts';
import { createOncall } from '../../src/oncall/index.ts';
import { timed } from './numbers.mjs';

process.on('disconnect', () => process.exit());
process.once('message', async ({ url, schedules, lookups }) => {
  const db = connect(url, { applicationName: 'tocsin bench' });
  const { port } = createOncall({
    db,
    databaseUrl: url,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    registry: new Registry(),
  });
  const caller = systemCaller('bench');
  try {
    const look = (n) => port.current({ team: `team-${(n * 7) % schedules}` }, caller);
    // The first round is not counted: this process has just begun, and the product has just been filled.
    await timed(lookups, look);
    const result = await timed(lookups, look);
    // What the machine itself takes for a question without an answer.
    const empty = await timed(lookups, () => db.raw('select 1'));
    process.send({ result, empty });
  } catch (error) {
    process.send({ error: error.message });
  }
});
