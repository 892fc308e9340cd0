import { minutes } from '../../kernel/clock';
import { withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import { blank, type Severity } from '../../kernel/ports/values';
import type { Deps } from '../deps';
import { isDeferrable, isPage } from '../domain/escalation';
import { recipientOf } from '../domain/reach';
import type { IncidentJob } from '../jobKinds';
import { addAddress, lockIncidents } from '../store/changes';
import { bringForward, type ExhaustedRow, exhaustedAfter, failedDeliveriesAfter } from '../store/exhausted';
import { personNamed } from './responders';
import { restartJob } from './snooze';

/**
 * Exhausted policies run again before their regular try if that may reach a responder now: another address is on call
 * (`recheckExhausted`), or a channel works again (`retryDeliveries`). Such an extra run does not lengthen the back-off,
 * and notifies the fallback only if it is still running at the time of the regular try and fails then.
 */

const AT_A_TIME = 100;
/** Between an extra run because of a channel and the next one. */
const SPACING_MS = minutes(5);
const CHANNEL_RESTORED = 'A channel works again';
const RESPONDER_FOUND = 'Another responder can be paged';

/** The job that rechecks all exhausted policies; several changes at once are one job. */
export const RECHECK_EXHAUSTED: IncidentJob = { kind: 'recheck_exhausted', key: 'recheck_exhausted', payload: {} };

/** The job that tries the policies again whose pages this channel did not deliver. */
export const retryDeliveriesJob = (channel: string): IncidentJob => ({
  kind: 'retry_exhausted',
  key: `retry_exhausted:${channel}`,
  payload: { channel },
});

interface ExtraRun {
  incidentId: string;
  turn: number;
  at: Date;
  assignee?: { name: string; email: string } | null;
}

/** Runs policies whose last cycle failed because this channel delivered none of its pages. */
export async function retryDeliveries(
  deps: Deps,
  { channel = null, after = null }: { channel?: string | null; after?: string | null },
): Promise<void> {
  const { db, clock } = deps;
  const rows = await failedDeliveriesAfter(db, {
    ...{ channel, after, now: clock.now() },
    ...{ spacingMs: SPACING_MS, limit: AT_A_TIME },
  });
  const last = rows.length < AT_A_TIME ? undefined : rows.at(-1)?.incidentId;
  const next: IncidentJob[] =
    last === undefined
      ? []
      : [
          {
            kind: 'retry_exhausted',
            key: `retry_exhausted:${channel}:${last}`,
            payload: { ...(channel !== null && { channel }), after: last },
          },
        ];
  await run(deps, rows, CHANNEL_RESTORED, next);
}

/**
 * Runs policies that would page another address than their last cycle did, or whose unknown assignee is known now. If a
 * hand-off comes before the regular try, the policy runs at that time.
 * @throws Problem `unavailable` while oncall is away
 */
export async function recheckExhausted(deps: Deps, { after = null }: { after?: string | null }): Promise<void> {
  const rows = await exhaustedAfter(deps.db, after, AT_A_TIME);
  const outlooks = new Map<string, Outlook>();
  const runs: ExtraRun[] = [];
  for (const row of rows) {
    const key = `${isDeferrable(row.severity)} ${row.service}`;
    const outlook = outlooks.get(key) ?? (await outlookOf(deps, row));
    outlooks.set(key, outlook);
    const assignee = await foundAssignee(deps, row);
    const at = timeOf(row, outlook, assignee, deps.clock.now());
    if (at !== null) runs.push({ incidentId: row.incidentId, turn: row.turn, at, assignee });
  }
  const last = rows.length < AT_A_TIME ? undefined : rows.at(-1)?.incidentId;
  const next: IncidentJob[] =
    last === undefined
      ? []
      : [{ kind: 'recheck_exhausted', key: `recheck_exhausted:${last}`, payload: { after: last } }];
  await run(deps, runs, RESPONDER_FOUND, next);
}

/** The addresses that the policy of a service would page now, step by step, and its next hand-off. */
interface Outlook {
  recipients: Set<string>;
  handoffAt: Date | null;
}

async function outlookOf(
  { oncall, clock }: Deps,
  { service, severity }: { service: string; severity: Severity },
): Promise<Outlook> {
  const caller = systemCaller('recheck-exhausted');
  const recipients = new Set<string>();
  let handoffAt: Date | null = null;
  for (let step = 1, steps = 1; step <= steps; step++) {
    const at = clock.now().toISOString();
    const answer = await oncall.foreseeStep({ service, severity, step, at, announce: false }, caller);
    for (const target of answer.told.filter(isPage)) recipients.add(recipientOf(target));
    if (answer.next_handoff_at !== null) handoffAt = new Date(answer.next_handoff_at);
    // Outside support hours no step pages.
    steps = answer.wait_until === null ? answer.steps : step;
  }
  return { recipients, handoffAt };
}

/** The time of an extra run of a policy; null if it waits for its regular retry. */
function timeOf(
  { tried, nextStepAt }: ExhaustedRow,
  { recipients, handoffAt }: Outlook,
  assignee: ExtraRun['assignee'],
  now: Date,
): Date | null {
  if (assignee || (tried !== null && [...recipients].some((recipient) => !tried.includes(recipient)))) return now;
  return handoffAt !== null && handoffAt > now && handoffAt < nextStepAt ? handoffAt : null;
}

/** The assignee of an incident if oncall knows them by now; their address is stored. */
async function foundAssignee(deps: Deps, { incidentId, unknownAssignee: name, service, team }: ExhaustedRow) {
  if (name === null || blank(name)) return null;
  const caller = systemCaller(`assignee-${incidentId}`);
  const { email, unverified } = await personNamed(deps, name.trim(), { service, team }, caller);
  if (unverified) throw unavailable('On-call did not answer who the assignee is.');
  return email !== null && (await addAddress(deps.db, incidentId, name, email)) ? { name, email } : null;
}

/** Brings these runs forward and enqueues their steps, together with the job for the incidents that follow. */
async function run(
  { db, clock, poke }: Deps,
  runs: readonly ExtraRun[],
  reason: string,
  next: readonly IncidentJob[],
): Promise<void> {
  await withRetry(db, async (trx) => {
    const now = clock.now();
    await lockIncidents(
      trx,
      runs.map(({ incidentId }) => incidentId),
    );
    const jobs = [...next];
    for (const { incidentId, turn, at, assignee = null } of runs) {
      if (!(await bringForward(trx, { incidentId, turn, at }))) continue;
      const job = restartJob(incidentId, turn + 1, reason, systemCaller(`extra-run-${incidentId}`), { assignee });
      jobs.push({ ...job, runAt: at });
    }
    await enqueue(trx, now, jobs);
  });
  poke();
}
