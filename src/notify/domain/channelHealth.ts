import type { CHANNEL_STATES } from '../contract';
import type { ChannelHealth } from '../domain';

/** The stored health of a channel. Times are instants of the module's clock. */
export interface ChannelRecord {
  state: (typeof CHANNEL_STATES)[number];
  /** Start of `state`. */
  since: Date;
  /** Why it is failing; null otherwise. */
  last_error: string | null;
  /** Faults of the channel since `outage_since`. */
  faults: number;
  /** First fault after which no recovery was announced; null without one. */
  outage_since: Date | null;
  /** The last announced recovery. */
  restored_at: Date | null;
  /** Recipients that the server did not answer for since the last message it accepted. */
  suspects: string[];
  /** Recipients that the server did not answer for while it accepted messages to others: no fault of the channel. */
  unanswered: string[];
}

/** The evidence of one attempt about its channel. */
export interface Observation {
  health: ChannelHealth;
  /** In one spelling for all spellings of the address. */
  recipient: string;
  reason: string | null;
  now: Date;
}

/** One mailbox that hangs is its own fault; a second one in a row is the channel's. */
const SUSPECTS_OF_OUTAGE = 2;
/** A single fault that passes within a minute is no outage. */
const FAULTS_OF_OUTAGE = 2;
const LENGTH_OF_OUTAGE_MS = 60_000;
/** After a recovery was announced, the next one is announced no sooner. */
const ANNOUNCED_EVERY_MS = 300_000;
const RECIPIENTS_KEPT = 50;

/**
 * The record after an observation, and whether it announces that the channel works again. A recovery is announced once
 * per outage, because it runs every exhausted policy again: a single fault that passes is no outage, and a recovery
 * within five minutes of the last one is announced by the first success after them.
 */
export function observed(before: ChannelRecord, seen: Observation): { after: ChannelRecord; restored: boolean } {
  if (seen.health === 'working') return worked(before, seen);
  if (seen.health === 'failing') return { after: failed(before, seen), restored: false };
  if (before.unanswered.includes(seen.recipient)) return { after: before, restored: false };
  const suspects = withNewest(before.suspects, [seen.recipient]);
  const suspected = { ...before, suspects };
  return { after: suspects.length < SUSPECTS_OF_OUTAGE ? suspected : failed(suspected, seen), restored: false };
}

function failed(before: ChannelRecord, { reason, now }: Observation): ChannelRecord {
  return {
    ...before,
    ...entered(before, 'failing', now),
    last_error: reason,
    faults: before.faults + 1,
    outage_since: before.outage_since ?? now,
  };
}

function worked(before: ChannelRecord, { recipient, now }: Observation): { after: ChannelRecord; restored: boolean } {
  const { faults, outage_since, restored_at, suspects, unanswered } = before;
  const since = (at: Date) => now.getTime() - at.getTime();
  const outage = outage_since !== null && (faults >= FAULTS_OF_OUTAGE || since(outage_since) >= LENGTH_OF_OUTAGE_MS);
  const early = restored_at !== null && since(restored_at) < ANNOUNCED_EVERY_MS;
  const restored = outage && !early;
  const over = !outage || restored;
  const after: ChannelRecord = {
    ...before,
    ...entered(before, 'working', now),
    last_error: null,
    suspects: [],
    unanswered: withNewest(unanswered, suspects).filter((each) => each !== recipient),
    ...(over && { faults: 0, outage_since: null }),
    ...(restored && { restored_at: now }),
  };
  return { after, restored };
}

const entered = (before: ChannelRecord, state: 'working' | 'failing', now: Date) => ({
  state,
  since: before.state === state ? before.since : now,
});

const withNewest = (known: readonly string[], added: readonly string[]): string[] =>
  [...new Set([...known, ...added])].slice(-RECIPIENTS_KEPT);
