import { groupCommit } from '../../kernel/async/groupCommit';
import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { orderedId } from '../../kernel/ids';
import type { Caller } from '../../kernel/ports/contract';
import type { Accepted } from '../contract';
import { accepted, type Outcome, type Report, type Reported, reportOf, type Sender } from '../domain';
import type { AlertMetrics } from '../metrics';
import type { SavedCaller } from '../store/alerts';
import { saved } from './correlation';
import { type Sent, takeIdempotent } from './idempotent';
import type { Intake } from './intake';

export interface IntakeQueue {
  /** Takes one valid report; those that arrive together share a commit. */
  take(input: Reported, sender: Sender, caller: Caller): Promise<Accepted>;
  /** Takes several, all of them once where the caller sent an Idempotency-Key. */
  takeAll(inputs: readonly Reported[], sender: Sender, caller: Caller): Promise<Accepted[]>;
  quiet(): Promise<void>;
}

export interface IntakeQueueDeps {
  db: Db;
  clock: Clock;
  metrics: AlertMetrics;
  reporting: Intake;
}

interface Waiting {
  lane: string;
  key: string;
  weight: number;
  report: Report;
  by: SavedCaller;
}

const FRAME = 300;

function weightOf({ message, labels }: Report): number {
  let weight = FRAME + message.length;
  for (const name in labels) weight += name.length + String(labels[name]).length;
  return weight;
}

export function intakeQueue({ db, clock, metrics, reporting }: IntakeQueueDeps): IntakeQueue {
  const intake = groupCommit<Waiting, Outcome>({
    // Two are written down while incidents looks at a third.
    atOnce: 3,
    handle: (members) =>
      reporting.take(
        members.map(({ report }) => report),
        (members[0] as Waiting).by,
      ),
  });

  const arrive = (input: Reported, sender: Sender): Report => {
    metrics.received(input.severity);
    const now = clock.now();
    return reportOf(input, sender, orderedId(now), now);
  };

  function leave(outcome: Outcome, { fingerprint }: Report, started: number): Accepted {
    metrics.correlated(outcome.action);
    metrics.processed((performance.now() - started) / 1_000);
    return accepted(outcome, fingerprint);
  }

  async function take(input: Reported, sender: Sender, caller: Caller): Promise<Accepted> {
    const started = performance.now();
    const report = arrive(input, sender);
    const lane = `${caller.kind} ${caller.actor}`;
    const { fingerprint: key } = report;
    const outcome = await intake.submit({ lane, key, weight: weightOf(report), report, by: saved(caller) });
    return leave(outcome, report, started);
  }

  async function takeUnderKey(inputs: readonly Reported[], sender: Sender, caller: Caller): Promise<Accepted[]> {
    const started = performance.now();
    const sent = inputs.map((input): Sent => ({ input, report: arrive(input, sender) }));
    const outcomes = await takeIdempotent({ db, clock, reporting }, sent, caller);
    return sent.map(({ report }, i) => leave(outcomes[i] as Outcome, report, started));
  }

  return {
    quiet: intake.quiet,
    async take(input, sender, caller) {
      if (caller.idempotencyKey === undefined) return take(input, sender, caller);
      return (await takeUnderKey([input], sender, caller))[0] as Accepted;
    },
    takeAll: (inputs, sender, caller) =>
      caller.idempotencyKey === undefined
        ? Promise.all(inputs.map((input) => take(input, sender, caller)))
        : takeUnderKey(inputs, sender, caller),
  };
}
