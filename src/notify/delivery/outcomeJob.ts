import type * as z from 'zod';
import type { NotifyContract } from '../contract';
import type { Notified } from '../store/notified';

/** What a job needs to notify one chunk of addresses. */
export type OutcomeAsk = z.output<NotifyContract['tellOutcome']['input']> & {
  /** Number of this chunk, from 0. */
  chunk: number;
  after: Pick<Notified, 'channel' | 'address'> | null;
};

/** Stores the notices of one chunk and enqueues the next one in the same statement; repeating it stores nothing twice. */
export type TellOutcome = (ask: OutcomeAsk) => Promise<void>;
