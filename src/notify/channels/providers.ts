import type { Outcome } from '../domain';
import type { Message } from './channel';

/** Sends one message by the first provider that takes it. A provider that fails again and again is tried last for a while. */

/** The whole of an attempt by several providers, so that a person waits no longer for the second one. */
const ACCEPTED_WITHIN_MS = 10_000;
/** How much longer than the deadline of one exchange an attempt may take, before another worker takes over. */
const SLACK_MS = 4_000;
const FAULTS_TO_OPEN = 3;
const OPEN_MS = 60_000;

export type SendBy = (provider: string, timeoutMs: number) => Promise<Outcome>;

interface Circuit {
  faults: number;
  /** When the last fault happened, in milliseconds. */
  at: number;
}

export interface Fallback {
  /** Tries each provider once. `sendBy` never rejects for what a provider does. */
  send(message: Pick<Message, 'at'>, sendBy: SendBy): Promise<Outcome>;
}

/**
 * The providers of a channel in order of preference. The next one is used if one fails for a reason of its own (log-in,
 * balance, no answer in its share of the deadline). A failure about the recipient ends the attempt, because another
 * provider cannot help.
 * @param timeoutMs deadline of one exchange with a provider
 */
export function providerFallback(names: readonly string[], timeoutMs: number): Fallback {
  const circuits = new Map<string, Circuit>();
  const share = Math.min(timeoutMs, Math.floor(Math.min(timeoutMs + SLACK_MS, ACCEPTED_WITHIN_MS) / names.length));

  const isOpen = (name: string, at: number): boolean => {
    const circuit = circuits.get(name);
    return circuit !== undefined && circuit.faults >= FAULTS_TO_OPEN && at - circuit.at < OPEN_MS;
  };
  const note = (name: string, failed: boolean, at: number): void => {
    if (failed) circuits.set(name, { faults: (circuits.get(name)?.faults ?? 0) + 1, at });
    else circuits.delete(name);
  };

  return {
    async send(message, sendBy) {
      const at = message.at.getTime();
      const order = [...names].sort((a, b) => Number(isOpen(a, at)) - Number(isOpen(b, at)));
      const before: string[] = [];
      const failures: Failure[] = [];
      for (const name of order) {
        const outcome = await sendBy(name, share);
        const failed = outcome.outcome === 'failed' && !outcome.permanent;
        note(name, failed, at);
        if (!failed) return withTrail(outcome, before, name);
        before.push(`${name}: ${outcome.reason}`);
        failures.push(outcome);
      }
      return allFailed(failures, before);
    },
  };
}

type Failure = Extract<Outcome, { outcome: 'failed' }>;

/** The outcome, which also names the providers that failed before. */
function withTrail(outcome: Outcome, before: readonly string[], name: string): Outcome {
  if (outcome.outcome === 'failed') return { ...outcome, reason: [...before, `${name}: ${outcome.reason}`].join('; ') };
  const by = [`by ${name}`, ...before.map((text) => `after ${text}`)].join(', ');
  return { ...outcome, receipt: outcome.receipt === null ? by : `${outcome.receipt} ${by}` };
}

/** The channel fails slowly only if each provider does; the next attempt begins when the first of them may be tried again. */
function allFailed(failures: readonly Failure[], before: readonly string[]): Outcome {
  const pauses = failures.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]));
  return {
    outcome: 'failed',
    reason: before.join('; '),
    permanent: false,
    ...(failures.every(({ channel }) => channel === 'failing') && { channel: 'failing' as const }),
    ...(failures.every(({ slowly }) => slowly) && { slowly: true }),
    ...(pauses.length === failures.length && { retryAfterMs: Math.min(...pauses) }),
  };
}
