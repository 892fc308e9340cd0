import type { ChannelName } from '../contract';

/**
 * Deliveries wait in lanes, so that one channel whose provider hangs, or many messages of low urgency, delay no other
 * message. A worker runs a bounded number of jobs of each lane at once.
 */
export const LANES = ['fresh', 'high', 'low'] as const;
type Lane = (typeof LANES)[number];

/** The kind of a job that delivers: the channel and its lane. */
export type DeliverKind = `deliver:${ChannelName}:${Lane}`;

export const deliverKind = (channel: ChannelName, lane: Lane): DeliverKind => `deliver:${channel}:${lane}`;

/** The kind of the job that delivers a walk of the self-watch to the loop-back sink, in the lane of pages. */
export const WALK_KIND = 'deliver:walk:fresh';

const HIGH: readonly (string | null)[] = ['critical', 'high'];

/** By severity: critical and high are of high urgency. */
export const urgencyOf = (severity: string | null): 'high' | 'low' => (HIGH.includes(severity) ? 'high' : 'low');

/**
 * The lane of the next attempt: the first attempt at a page or a message to a room of high urgency is `fresh`, a retry of
 * one is `high`. All other messages, notices and details included, are `low`.
 */
export function laneOf(
  {
    severity,
    outcome,
    audience,
    kind,
  }: { severity: string | null; outcome: string | null; audience: string; kind?: string | null },
  attempts: number,
): Lane {
  if (urgencyOf(severity) === 'low' || outcome !== null || audience === 'direct' || kind === 'detail') return 'low';
  return attempts === 0 ? 'fresh' : 'high';
}
