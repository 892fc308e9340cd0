import type { Clock } from '../kernel/clock';
import { RetryIn } from '../kernel/jobs/jobs';
import { Problem } from '../kernel/ports/problem';
import { retryDelayMs } from './domain/outcome';

/**
 * The error with which a job asks to run again, without counting a failure.
 * @param since when the job was enqueued
 * @param waitsFor the neighbour whose return makes the job due at once
 */
export const retryLater = (clock: Clock, since: string, reason: string, waitsFor?: string): RetryIn =>
  new RetryIn(retryDelayMs(new Date(since), clock.now(), Math.random()), reason, waitsFor);

/**
 * Calls incidents from a job. While incidents is unavailable, the job is retried and no failure is counted.
 * @throws RetryIn if incidents is unavailable
 */
export async function retryWhileAway<T>(clock: Clock, since: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== 'unavailable') throw error;
    throw retryLater(clock, since, error.detail, 'incidents');
  }
}
