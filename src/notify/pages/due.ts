import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import { complete, enqueue, type RunningJob } from '../../kernel/jobs/jobs';
import { type Gathering, storePages } from '../bundles/gather';
import type { Channels } from '../channels/open';
import type { NotifyEvent } from '../contract';
import { acceptanceEvents } from '../delivery/stored';
import type { ResolvedRule } from '../rules/rules';
import type { Notification } from '../store/notifications';
import { dueJob, type PageDue, ruleNotifications } from './build';
import { nextMove } from './nextMove';
import { heldUntil, readPeople, rulesLeft } from './plan';
import { lockPage, notificationsOfPages, type Page, savePage } from './store';

/** The job of a page that is due: it reads the rules and the notifications again, and starts the next rule or ends the page. */

export interface DueDeps {
  db: Db;
  clock: Clock;
  channels: Channels;
  /** After this time without acceptance the next rule starts, in milliseconds. */
  reachedWithinMs: number;
  bundleAfter: number;
}

/** The handler of `page_due`. A page that is over, or that another job moved on, stays as it is. */
export async function pageDue(deps: DueDeps, { page_id }: PageDue, job: RunningJob): Promise<void> {
  await deps.db.transaction(async (trx) => {
    const page = await lockPage(trx, page_id);
    if ((await complete(trx, [job])).length === 0 || page === undefined) return;
    if (page.state === 'held') await release(deps, trx, page);
    else if (page.state === 'active') await moveOn(deps, trx, page);
  });
}

/**
 * Starts a held page if its quiet hours are over: they may have been changed. Before the instant at which they were to end, a
 * later end needs no job: the job of that instant, or the step that waits for it, looks again.
 */
async function release(deps: DueDeps, trx: Db, page: Page): Promise<void> {
  const now = deps.clock.now();
  const people = await readPeople(trx, [page.person_email]);
  const until = heldUntil(people, page.person_email, page.time_zone, page.urgency, now);
  if (until !== null) {
    const isAwaited = page.held_until !== null && now < page.held_until && page.held_until <= until;
    return isAwaited ? undefined : enqueue(trx, now, [dueJob(page.id, until)]);
  }
  const started = { ...page, state: 'active' as const, rule_no: -1, started_at: now, rule_at: now, held_until: null };
  await savePage(trx, page.id, { state: 'active', started_at: now, rule_at: now });
  await moveOn(deps, trx, started);
}

async function moveOn({ channels, clock, reachedWithinMs, bundleAfter }: DueDeps, trx: Db, page: Page): Promise<void> {
  const now = clock.now();
  const people = await readPeople(trx, [page.person_email]);
  const sent = await notificationsOfPages(trx, [page.id]);
  const [next] = rulesLeft(people, page, sent, channels);
  const move = nextMove(
    {
      ...{ startedAt: page.started_at, ruleAt: page.rule_at, nextMinutes: next?.afterMinutes ?? null },
      gatheredUntil: latestGathered(sent),
      statuses: sent.map(({ status }) => status),
    },
    now,
    reachedWithinMs,
  );
  if (move.kind === 'wait') return enqueue(trx, now, [dueJob(page.id, move.at)]);
  if (move.kind === 'start')
    return startRule(trx, page, next as ResolvedRule, {
      before: sent.length,
      now,
      gathering: { channels, bundleAfter },
    });
  if (move.kind === 'done') return savePage(trx, page.id, { state: 'done' });
  await savePage(trx, page.id, { state: 'unreached', reason: move.why });
  await record(trx, [unreachedEvent(page, move.why, now)], BY_SYSTEM);
}

/** When the last bundle is made that a message of a page waits for. */
function latestGathered(sent: readonly Notification[]): Date | null {
  const waiting = sent.flatMap(({ status, gathered_until: at }) => (status === 'queued' && at !== null ? [at] : []));
  return waiting.length === 0 ? null : new Date(Math.max(...waiting.map((at) => at.getTime())));
}

/** `rule_no` counts the rules that started. */
async function startRule(
  trx: Db,
  page: Page,
  rule: ResolvedRule,
  { before, now, gathering }: { before: number; now: Date; gathering: Gathering },
): Promise<void> {
  const ruleNo = page.rule_no + 1;
  await savePage(trx, page.id, { rule_no: ruleNo, rule_at: now });
  const rows = ruleNotifications(page, rule, { ruleNo, before, now });
  await storePages(trx, gathering, rows, { events: acceptanceEvents(rows, BY_SYSTEM) }, now);
  await enqueue(trx, now, [dueJob(page.id)]);
}

/** The rules of a page are used up, and no address accepted: incidents runs the next step if the others failed too. */
const unreachedEvent = (page: Page, reason: string, at: Date): NewEvent<NotifyEvent> => ({
  kind: 'page_unreached',
  subject: page.incident_id,
  actor: SYSTEM_ACTOR,
  data: {
    ...{ incident_id: page.incident_id, page_id: page.id, key: page.told_key, reason },
    person: { name: page.person_name, email: page.person_email },
  },
  at,
});
