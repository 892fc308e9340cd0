import type * as z from 'zod';
import type { Claim } from '../../kernel/jobs/jobs';
import type { IncidentOutcome, Notice, NotifyContract } from '../contract';
import type { Notified } from '../store/notified';

/** What a job needs to notify one chunk of addresses. */
export type OutcomeAsk = Omit<z.output<NotifyContract['tellOutcome']['input']>, 'outcome'> & {
  outcome: Notice;
  /** Set on a correction: the notices it corrects, by their outcome and as created before an instant. */
  corrects?: { outcomes: IncidentOutcome[]; before: string | null };
  /** Number of this chunk, from 0. */
  chunk: number;
  after: Pick<Notified, 'channel' | 'address'> | null;
};

/** Stores the notices of one chunk and enqueues the next chunk in the same transaction; a repetition stores nothing. */
export type TellOutcome = (ask: OutcomeAsk, claim: Claim) => Promise<void>;
