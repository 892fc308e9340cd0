import type { IncidentsContract } from '../../incidents/contract';
import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { orderedId } from '../../kernel/ids';
import type { HandlersOf } from '../../kernel/jobs/jobs';
import type { Log } from '../../kernel/observe/observe';
import type { Caller, Port } from '../../kernel/ports/contract';
import type { Walk } from '../../kernel/ports/walk';
import type { Accepted, Noted } from '../contract';
import { type Report, type ReportInput, reportOf } from '../domain';
import type { Sender } from '../domain/fingerprint';
import { accepted, type Outcome } from '../domain/outcome';
import type { AlertMetrics } from '../metrics';
import type { Decider } from '../rules/decider';
import type { AlertJobs } from '../store/jobKinds';
import { attachJob } from './attachJob';
import { savedCaller } from './caller';
import { createCorrelation } from './correlation';
import { takeIdempotent } from './idempotent';
import { linkWriter } from './linkWriter';
import { intakeQueue } from './queue';
import type { ReportDeps } from './reports';

export interface IntakeDeps {
  db: Db;
  clock: Clock;
  log: Log;
  metrics: AlertMetrics;
  incidents: Port<IncidentsContract>;
  decider: Decider;
}

type Answer = Accepted | Noted;

/**
 * The entry for everything that is reported: stores reports, attaches their alerts to incidents, and answers. A report is
 * accepted when it is stored; if incidents does not answer in time, a job attaches its alert later.
 */
export interface Intake {
  /** Takes one valid report. Reports that arrive together share a commit, unless the caller sent an Idempotency-Key. */
  take(input: ReportInput, sender: Sender, caller: Caller): Promise<Answer>;
  /** Takes several valid reports and answers in their order. With an Idempotency-Key they are stored in one commit. */
  takeAll(inputs: readonly ReportInput[], sender: Sender, caller: Caller): Promise<Answer[]>;
  /** Takes a walk of the self-watch through the queue of the reports. */
  walk(walk: Walk): Promise<void>;
  /** Handler of the jobs that attach alerts later. */
  attach: HandlersOf<AlertJobs>['attach'];
  /** Resolves when the answers of incidents so far are saved, so that a read shows them. */
  linksSaved(): Promise<void>;
  /** Resolves when no report is being taken and all answers are saved. */
  idle(): Promise<void>;
}

export function createIntake({ db, clock, log, metrics, incidents, decider }: IntakeDeps): Intake {
  const links = linkWriter(db);
  const deps: ReportDeps = { db, clock, log, correlation: createCorrelation(incidents), links, decider };
  const queue = intakeQueue(deps);

  function receive(input: ReportInput, sender: Sender): Report {
    metrics.received(input.severity);
    const now = clock.now();
    return reportOf(input, sender, orderedId(now), now);
  }

  function answer(outcome: Outcome, { fingerprint }: Report, started: number): Answer {
    if (outcome.action !== 'none') metrics.correlated(outcome.action);
    metrics.processed((performance.now() - started) / 1_000);
    return accepted(outcome, fingerprint);
  }

  async function takeOne(input: ReportInput, sender: Sender, caller: Caller): Promise<Answer> {
    const started = performance.now();
    const report = receive(input, sender);
    const outcome = await queue.take(`${caller.kind} ${caller.actor}`, report, savedCaller(caller));
    return answer(outcome, report, started);
  }

  async function takeKeyed(inputs: readonly ReportInput[], sender: Sender, caller: Caller): Promise<Answer[]> {
    const started = performance.now();
    const keyed = inputs.map((input) => ({ input, report: receive(input, sender) }));
    const outcomes = await takeIdempotent(deps, keyed, caller);
    return keyed.map(({ report }, i) => answer(outcomes[i] as Outcome, report, started));
  }

  return {
    async take(input, sender, caller) {
      if (caller.idempotencyKey === undefined) return takeOne(input, sender, caller);
      return (await takeKeyed([input], sender, caller))[0] as Answer;
    },
    takeAll: (inputs, sender, caller) =>
      caller.idempotencyKey === undefined
        ? Promise.all(inputs.map((input) => takeOne(input, sender, caller)))
        : takeKeyed(inputs, sender, caller),
    walk: queue.walk,
    attach: attachJob(deps),
    linksSaved: links.flushed,
    async idle() {
      await queue.idle();
      await links.flushed();
    },
  };
}
