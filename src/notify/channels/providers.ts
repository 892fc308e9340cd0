import type { Outcome } from '../domain';
import type { Message } from './channel';

/** Sends one message by the first provider that takes it. A provider with an outage is passed over for a while. */

/** The whole of an attempt by several providers, so that a person waits no longer for the second one. */
const ACCEPTED_WITHIN_MS = 10_000;
/** How much longer than the deadline of one exchange an attempt may take, before another worker takes over. */
const SLACK_MS = 4_000;
const FAULTS_TO_OPEN = 3;
const OPEN_MS = 60_000;

export type SendBy = (provider: string, timeoutMs: number) => Promise<Outcome>;

/** The outage of a provider. It is open after `FAULTS_TO_OPEN` faults in a row, and is kept by this process only. */
interface Circuit {
  faults: number;
  /** When the last fault happened, in milliseconds. */
  at: number;
  /** Whether a message tests now if the outage is over. */
  testing: boolean;
}

export interface Fallback {
  /**
   * Tries each provider once, those with an open circuit last, so that a message is always tried. `sendBy` never rejects
   * for what a provider does.
   */
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

  /** After `OPEN_MS` one message at a time tests an open circuit; the others go on to the next provider. */
  const passesOver = (name: string, at: number): boolean => {
    const circuit = circuits.get(name);
    if (circuit === undefined || circuit.faults < FAULTS_TO_OPEN) return false;
    return circuit.testing || at - circuit.at < OPEN_MS;
  };
  const attempt = async (name: string, at: number, sendBy: SendBy): Promise<Outcome> => {
    const circuit = circuits.get(name) ?? { faults: 0, at, testing: false };
    circuits.set(name, circuit);
    const tests = circuit.faults >= FAULTS_TO_OPEN && !circuit.testing;
    if (tests) circuit.testing = true;
    try {
      const outcome = await sendBy(name, share);
      if (!isOutage(outcome)) circuit.faults = 0;
      else Object.assign(circuit, { faults: circuit.faults + 1, at: Math.max(circuit.at, at) });
      return outcome;
    } finally {
      if (tests) circuit.testing = false;
    }
  };

  return {
    async send(message, sendBy) {
      const at = message.at.getTime();
      const order = [...names].sort((a, b) => Number(passesOver(a, at)) - Number(passesOver(b, at)));
      const before: string[] = [];
      const failures: Failure[] = [];
      for (const name of order) {
        const outcome = await attempt(name, at, sendBy);
        if (outcome.outcome !== 'failed' || outcome.permanent) return withTrail(outcome, before, name);
        before.push(`${name}: ${outcome.reason}`);
        failures.push(outcome);
      }
      return allFailed(failures, before);
    },
  };
}

/** No answer, an error of the server, a refused account or a limit. A refusal of one number proves that the provider works. */
const isOutage = (outcome: Outcome): boolean => outcome.outcome === 'failed' && !outcome.permanent;

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
