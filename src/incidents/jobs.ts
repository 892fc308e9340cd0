import { type Db, withRetry } from '../kernel/db/pool';
import { BY_SYSTEM } from '../kernel/events/events';
import { complete, enqueue, type HandlersOf, RetryIn, type RunningJob } from '../kernel/jobs/jobs';
import { type Caller, systemCaller } from '../kernel/ports/contract';
import { Problem } from '../kernel/ports/problem';
import type { Incident } from './contract';
import type { Deps } from './deps';
import { type Entry, headlineOf, unknownEntry } from './domain/timeline';
import { createAckTimeout } from './escalation/ackTimeout';
import { retryDeliveries } from './escalation/extraRun';
import { tellOutcome, withdrawOutcome } from './escalation/outcome';
import type { Reaching } from './escalation/reach';
import { recheckWaiting } from './escalation/recheck';
import { personNamed } from './escalation/responders';
import { judgeAt, type StepRunner } from './escalation/runStep';
import { endSnooze, restartJob } from './escalation/snooze';
import { exhaustedEntry } from './escalation/stepEntries';
import { restartWithoutAssignee } from './escalation/unreachableAssignee';
import { type IncidentJobKinds, systemCallerOf } from './jobKinds';
import { recordEntries } from './records/recordEntries';
import { retention } from './retention';
import { addAddress, lockIncident, setReach } from './store/changes';
import { exhaust, takeStep } from './store/escalation';
import { writeAssignment } from './store/pages';
import { restart } from './store/pause';
import { findIncident } from './store/reads';

/** The retry interval while a neighbour is away, short, so that a page goes out soon after the outage. */
const ASK_AGAIN_MS = 3_000;

/** Handlers are idempotent: their commands carry a key, and their writes complete the job in the same transaction. */
export function incidentJobs(
  deps: Deps,
  { sendStep, recordIfSent }: StepRunner,
  reach: Reaching,
): HandlersOf<IncidentJobKinds> {
  const { db, clock, notify, metrics, reachedWithinMs } = deps;
  const watch = createAckTimeout(deps);

  /** Records entries and completes the job in one transaction, so that a repeated run records nothing. */
  async function finishing(job: RunningJob, entries: readonly Entry[]): Promise<void> {
    await withRetry(db, async (trx) => {
      if ((await complete(trx, [job])).length > 0) await recordEntries(trx, entries, BY_SYSTEM);
    });
  }

  /** Saves the pages of an assignment and completes the job. If no page was sent, the reach is decided at once. */
  async function pagedAssignee(job: RunningJob, { key, id, name, told, detail, at }: AssigneePage): Promise<void> {
    const counting = told.filter(({ reachable }) => reachable).map(({ notification_id }) => notification_id);
    await withRetry(db, async (trx) => {
      if ((await lockIncident(trx, id)) === null || (await complete(trx, [job])).length === 0) return;
      const { early } = await writeAssignment(trx, { key, incidentId: id, assignedTo: name, counting, at });
      await recordEntries(trx, [{ incidentId: id, eventType: 'paged', actor: 'system', detail, at }], BY_SYSTEM);
      if (counting.length > 0) await setUnlessReached(trx, id);
      const now = early || counting.length === 0;
      await enqueue(trx, at, [
        judgeAt(key, id, new Date(at.getTime() + reachedWithinMs)),
        ...(now ? [judgeAt(key, id, at)] : []),
      ]);
    });
    deps.poke();
  }

  /** Marks an assignee as unknown who could not be looked up earlier, and restarts the policy if it is stopped. */
  async function unknownAssignee(job: RunningJob, id: string, name: string, caller: Caller): Promise<void> {
    await withRetry(db, async (trx) => {
      const incident = await lockIncident(trx, id);
      if ((await complete(trx, [job])).length === 0 || incident === null) return;
      const now = clock.now();
      const isOver = incident.status === 'resolved' || incident.assigned_to !== name;
      const restarted = isOver ? [] : await restartWithoutAssignee(trx, { id, name }, { now, caller });
      await recordEntries(trx, [unknownEntry(id, name, now), ...restarted], BY_SYSTEM);
    });
    deps.poke();
  }

  return {
    step: (ask, job) =>
      retrySoon(async () => {
        const taken = await takeStep(db, ask.incident_id, ask.turn, clock.now());
        if (taken === null) return;
        if (taken.fresh) metrics.late(clock.now().getTime() - job.runAt.getTime());
        const over = taken.status === 'resolved' || (taken.clock.state === 'stopped' && ask.by === undefined);
        if (!over) await sendStep(taken, ask, systemCallerOf(ask));
        else if (!taken.fresh) await recordIfSent(taken, ask, systemCallerOf(ask));
      }),

    async exhaust({ incident_id, turn }) {
      await withRetry(db, async (trx) => {
        if (!(await exhaust(trx, incident_id, turn))) return;
        await recordEntries(trx, [exhaustedEntry(incident_id, clock.now(), null)], BY_SYSTEM);
      });
    },

    cancel: (ask) =>
      retrySoon(async () => {
        const { incident_id, reason, told_before } = ask;
        await notify.cancel({ incident_id, reason, ...(told_before && { told_before }) }, systemCallerOf(ask));
      }),

    outcome: (ask) => retrySoon(() => tellOutcome(deps, ask)),
    withdraw: (ask) => retrySoon(() => withdrawOutcome(deps, ask)),

    page_assignee: (ask, job) =>
      retrySoon(async () => {
        const caller = systemCallerOf(ask);
        const incident = await findIncident(db, ask.incident_id);
        if (incident === null || incident.status === 'resolved' || incident.assigned_to !== ask.assigned_to) return;
        const name = ask.assigned_to;
        const people = ask.email === null ? await peopleMeant(incident, name) : [{ name, email: ask.email }];
        if (people.length === 0) return unknownAssignee(job, incident.id, name, caller);
        const key = `${incident.id}:assignee:${ask.key}`;
        const to = people.map((person) => ({ kind: 'person' as const, ...person }));
        const { told } = await notify.tell(pageOf(incident, key, to), caller);
        const at = clock.now();
        const detail = {
          told: told.map(({ to: n, channel, reachable }) => ({ ...people[n], role: 'assignee', channel, reachable })),
          why: people.length > 1 ? 'several_of_this_name' : 'assigned',
        };
        await pagedAssignee(job, { key, name, told, detail, at, id: incident.id });
      }),

    page_raised: (ask, job) =>
      retrySoon(async () => {
        const incident = await findIncident(db, ask.incident_id);
        if (incident === null || !isTaken(incident)) return;
        const caller = systemCallerOf(ask);
        const told = await pageAssignee(incident, ask.key, caller);
        const shown = told.map(({ notification_id: _, ...rest }) => rest);
        if (!told.some(({ reachable }) => reachable)) return restartPolicy(job, incident.id, shown, caller);
        const detail = { told: shown, why: 'severity_raised' };
        const [key, name] = [raisedKey(incident.id, ask.key), incident.assigned_to as string];
        await pagedAssignee(job, { key, name, told, detail, at: clock.now(), id: incident.id });
      }),

    judge_reach: ({ key, incident_id }) => retrySoon(() => reach.judge(key, incident_id)),
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

    retention: retention(deps),
  };

  /** Pages the assignee of an incident once for this key. Returns an empty list if there is no address. */
  async function pageAssignee(incident: Incident, key: string, caller: Caller) {
    const { id, assigned_to: name, assignee_email: email } = incident;
    if (name === null) return [];
    const people = email === null ? await peopleMeant(incident, name) : [{ name, email }];
    if (people.length === 0) return [];
    const to = people.map((person) => ({ kind: 'person' as const, ...person }));
    const { told } = await notify.tell(pageOf(incident, raisedKey(id, key), to), caller);
    return told.map(({ to: n, channel, reachable, notification_id }) => ({
      ...people[n],
      role: 'assignee',
      channel,
      reachable,
      notification_id,
    }));
  }

  /** Restarts the policy at step 1, because the assignee cannot be paged about an increased severity. */
  async function restartPolicy(job: RunningJob, id: string, told: object[], caller: Caller): Promise<void> {
    await withRetry(db, async (trx) => {
      const incident = await lockIncident(trx, id);
      if ((await complete(trx, [job])).length === 0 || incident === null || !isTaken(incident)) return;
      const at = clock.now();
      const turn = await restart(trx, id, at);
      const detail = { told, why: 'severity_raised' };
      await recordEntries(trx, [{ incidentId: id, eventType: 'nobody_reached', actor: 'system', detail, at }], caller);
      if (turn !== null) await enqueue(trx, at, [restartJob(id, turn, 'The severity was raised', caller)]);
    });
    deps.poke();
  }

  /**
   * Asks oncall which person the assignee is, and stores their address. If several people have the name, all are paged,
   * because it is too late to refuse the change.
   */
  async function peopleMeant(incident: Incident, name: string): Promise<{ name: string; email: string }[]> {
    const person = await personNamed(deps, name.trim(), incident, systemCaller(`assignee-${incident.id}`));
    if (person.unverified)
      throw new RetryIn(ASK_AGAIN_MS, 'oncall did not answer which person the assignee is', 'oncall');
    if (person.candidates !== undefined)
      return person.candidates.map((each) => ({ name: each.name, email: each.email }));
    if (person.email === null) return [];
    await addAddress(db, incident.id, name, person.email);
    return [{ name, email: person.email }];
  }
}

type Page = Parameters<Deps['notify']['tell']>[0];
const raisedKey = (id: string, key: string): string => `${id}:raised:${key}`;

type Told = readonly { notification_id: string; reachable: boolean }[];

interface AssigneePage {
  key: string;
  id: string;
  name: string;
  told: Told;
  detail: Record<string, unknown>;
  at: Date;
}

/** The reach becomes `pending`, unless a person was reached. */
async function setUnlessReached(trx: Db, id: string): Promise<void> {
  await setReach(trx, id, 'pending', 'no_one');
  await setReach(trx, id, 'pending', 'not_paged');
}

function pageOf({ id, title, severity, description, links }: Incident, key: string, to: Page['to']): Page {
  const headline = headlineOf({ title, severity });
  const message = description === null ? headline : `${headline}\n\n${description}`;
  return { key, incident_id: id, message, severity, to, ...(links.length > 0 && { links }) };
}

/** Whether a person works on the incident, so that its escalation is stopped. */
const isTaken = ({ status }: Incident): boolean => status === 'acknowledged' || status === 'in_progress';

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
