import { pause } from '../children';
import { readAnswers } from './answers';
import type { Client } from './client';
import type { Deployment } from './deployments';
import { ledgerOf } from './ledger';
import type { LedgerInput, Line, Tables } from './ledger/input';
import { readTables } from './tables';

/** What clients observed during the run. */
export type Seen = Omit<LedgerInput, 'tables' | 'answers'>;

/** Pending work finishes within a known time; lost work stays lost, however long the run waits. */

const SETTLES_WITHIN_MS = 240_000;
/** Longer than any back-off that such a run can cause. */
const UNCHANGED_MS = 60_000;
const EVERY_MS = 2_000;

/** The first ledger without a fault, else the last one before the timeout. */
export async function finalLedger(
  deployment: Deployment,
  client: Client,
  facts: Seen,
  tell: (text: string) => void,
): Promise<{ ledger: Line[]; settledMs: number; tables: Tables }> {
  const began = Date.now();
  let seen = '';
  let seenAt = began;
  for (;;) {
    const late = Date.now() - began > SETTLES_WITHIN_MS || Date.now() - seenAt > UNCHANGED_MS;
    const { ledger, tables } = await ledgerNow(deployment, client, facts, late);
    const faults = ledger.reduce((sum, { faults: some }) => sum + some.length, 0);
    const settledMs = Date.now() - began;
    if (faults === 0 || late) return { ledger, settledMs, tables };
    const now = JSON.stringify(ledger.map((line) => line.faults));
    if (now !== seen) {
      seen = now;
      seenAt = Date.now();
      tell(`${faults} faults yet`);
    }
    await pause(EVERY_MS);
  }
}

/** Reads the API when the tables have no pending work, or after the timeout. */
async function ledgerNow(
  deployment: Deployment,
  client: Client,
  facts: Seen,
  late: boolean,
): Promise<{ ledger: Line[]; tables: Tables }> {
  const before = await readTables(deployment);
  const ledger = ledgerOf({ ...facts, tables: before });
  if (!late && ledger.some(({ faults }) => faults.length > 0)) return { ledger, tables: before };
  const answers = await readAnswers(deployment, client);
  const tables = await readTables(deployment);
  return { ledger: ledgerOf({ ...facts, tables, answers }), tables };
}
