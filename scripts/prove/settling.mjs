import { readAnswers } from './answers.mjs';
import { pause } from './client.mjs';
import { ledgerOf } from './ledger.ts';
import { readTables } from './tables.mjs';

/** What is promised is kept later, and how much later is bounded; what is lost stays lost, however long one waits. */

const SETTLES_WITHIN_MS = 240_000;
/** Longer than any pause between two tries of a promise that a run like this can cause. */
const STANDS_STILL_MS = 60_000;
const EVERY_MS = 2_000;

/** The first ledger without a fault, else the last one there was time for. */
export async function settledLedger(house, client, facts, tell) {
  const began = Date.now();
  let seen = '';
  let seenAt = began;
  for (;;) {
    const late = Date.now() - began > SETTLES_WITHIN_MS || Date.now() - seenAt > STANDS_STILL_MS;
    const ledger = await ledgerNow(house, client, facts, late);
    const faults = ledger.reduce((sum, { faults: some }) => sum + some.length, 0);
    const settledMs = Date.now() - began;
    if (faults === 0 || late) return { ledger, settledMs };
    const now = JSON.stringify(ledger.map((line) => line.faults));
    if (now !== seen) {
      seen = now;
      seenAt = Date.now();
      tell(`${faults} faults yet`);
    }
    await pause(EVERY_MS);
  }
}

/** The API is asked once the tables have nothing open any more, or time is up. */
async function ledgerNow(house, client, facts, late) {
  const before = ledgerOf({ ...facts, tables: await readTables(house) });
  if (!late && before.some(({ faults }) => faults.length > 0)) return before;
  const answers = await readAnswers(house, client);
  return ledgerOf({ ...facts, tables: await readTables(house), answers });
}
