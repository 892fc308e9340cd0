import { withRetry } from '../kernel/db/pool';
import { BY_SYSTEM } from '../kernel/events/events';
import { complete, type HandlersOf, RetryIn, type RunningJob } from '../kernel/jobs/jobs';
import { walkHandlers } from '../kernel/jobs/walks';
import { systemCaller } from '../kernel/ports/contract';
import { Problem } from '../kernel/ports/problem';
import type { Deps } from './deps';
import type { Entry } from './domain/timeline';
import { createAckTimeout } from './escalation/ackTimeout';
import { pageAssignee, pageRaised } from './escalation/assigneePage';
import { retryDeliveries } from './escalation/extraRun';
import { wantsMore } from './escalation/moreAcknowledgements';
import { tellOutcome, withdrawOutcome } from './escalation/outcome';
import { pageOf } from './escalation/page';
import { judge } from './escalation/reach';
import { recheckWaiting } from './escalation/recheck';
import { notifyRoom } from './escalation/rooms';
import { recordIfSent, sendStep } from './escalation/runStep';
import { endSnooze } from './escalation/snooze';
import { exhaustedEntry } from './escalation/stepEntries';
import { type IncidentJobKinds, systemCallerOf } from './jobKinds';
import { showIncident } from './messages/showIncident';
import { recordEntries } from './records/recordEntries';
import { retention } from './retention';
import { lockIncident } from './store/changes';
import { exhaust, takeStep } from './store/escalation';
import { findIncident } from './store/reads';

/** The retry interval while a neighbour is away, short, so that a page goes out soon after the outage. */
const ASK_AGAIN_MS = 3_000;

/** Handlers are idempotent: their commands carry a key, and their writes complete the job in the same transaction. */
export function incidentJobs(
  deps: Deps,
  { catchUp }: { catchUp: () => Promise<unknown> },
): HandlersOf<IncidentJobKinds> {
  const { db, clock, oncall, notify, metrics } = deps;
  const watch = createAckTimeout(deps);

  /** Records entries and completes the job in one transaction, so that a repeated run records nothing. */
  async function finishing(job: RunningJob, entries: readonly Entry[]): Promise<void> {
    await withRetry(db, async (trx) => {
      if ((await complete(trx, [job])).length > 0) await recordEntries(trx, entries, BY_SYSTEM);
    });
  }

  return {
    step: (ask, job) =>
      retrySoon(async () => {
        const taken = await takeStep(db, ask.incident_id, ask.turn, clock.now());
        if (taken === null) return;
        if (taken.fresh) metrics.late(clock.now().getTime() - job.runAt.getTime());
        const caller = systemCallerOf(ask);
        const stopped = taken.clock.state === 'stopped' && ask.by === undefined;
        const over = taken.status === 'resolved' || (stopped && !(await wantsMore(deps, taken, caller)));
        if (!over) await sendStep(deps, taken, ask, caller);
        else if (!taken.fresh) await recordIfSent(deps, taken, ask, caller);
      }),

    async exhaust({ incident_id, turn }) {
      await withRetry(db, async (trx) => {
        if (!(await exhaust(trx, incident_id, turn))) return;
        await recordEntries(trx, [exhaustedEntry(incident_id, clock.now(), null)], BY_SYSTEM);
      });
    },

    cancel: (ask) =>
      retrySoon(async () => {
        const { incident_id, reason, told_before, person } = ask;
        if (person === null) return;
        const of = { ...(told_before && { told_before }), ...(person !== undefined && { person }) };
        await notify.cancel({ incident_id, reason, ...of }, systemCallerOf(ask));
      }),

    outcome: (ask) => retrySoon(() => tellOutcome(deps, ask)),
    withdraw: (ask) => retrySoon(() => withdrawOutcome(deps, ask)),

    page_assignee: (ask, job) => retrySoon(() => pageAssignee(deps, ask, job)),
    page_raised: (ask, job) => retrySoon(() => pageRaised(deps, ask, job)),

    notify_room: (ask, job) => retrySoon(() => notifyRoom(deps, ask, job)),

    show_incident: (ask) => retrySoon(() => showIncident(deps, ask)),

    judge_reach: (ask) => retrySoon(() => judge(deps, catchUp, ask)),
    retry_exhausted: (ask) => retryDeliveries(deps, ask),
    recheck_exhausted: (ask) => retrySoon(() => recheckWaiting(deps, ask)),

    fallback: ({ incident_id, cycle, target }, job) =>
      retrySoon(async () => {
        const incident = await findIncident(db, incident_id);
        if (incident === null || incident.escalation?.state === 'stopped') return;
        const page = pageOf(incident, `${incident_id}:fallback:${cycle}`, [{ kind: 'room', address: target }]);
        const { told } = await notify.tell(page, systemCaller(`fallback-${incident_id}`));
        const at = clock.now();
        const detail = {
          told: told.map(({ channel, recipient, reachable }) => ({
            name: recipient,
            email: null,
            role: 'room',
            channel,
            reachable,
          })),
          why: 'fallback',
        };
        await finishing(job, [{ incidentId: incident_id, eventType: 'escalated', actor: 'system', detail, at }]);
      }),

    async snooze_over({ incident_id, until }) {
      const caller = systemCaller(`snooze-${incident_id}`);
      await withRetry(db, async (trx) => {
        const incident = await lockIncident(trx, incident_id);
        if (incident === null) return;
        const over = { now: clock.now(), caller, until: new Date(until) };
        await recordEntries(trx, await endSnooze(trx, incident, 'expired', over), caller);
      });
      deps.poke();
    },

    ack_timeout: ({ incident_id }) => retrySoon(() => watch(incident_id)),

    ...walkHandlers(deps, (walk) => oncall.walk(walk, systemCaller('self-watch'))),
    retention: retention(deps),
  };
}

/** Retries soon if a neighbour is away; any other failure backs off as the worker does. */
async function retrySoon(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Problem && error.kind === 'unavailable') {
      throw new RetryIn(paced(), error.detail, error.neighbour);
    }
    throw error;
  }
}

/** With jitter, so that waiting jobs do not all retry at the same time. */
const paced = (): number => ASK_AGAIN_MS * (0.75 + Math.random() / 2);
