import { days } from '../kernel/clock';
import { forgetEvents } from '../kernel/events';
import { forgetKeys } from '../kernel/idempotency';
import type { Rooms } from './rooms';
import { forgetGroups } from './store/hidden';
import { deleteIncidents, dropMonths, makeMonths } from './store/retention';

/** The daily upkeep: months of the timeline are made ahead, and what is old and over goes. */

const MONTHS_AHEAD = 2;
const BATCH = 500;
const BATCHES = 200;
const CLOCKWORK_KEPT_MS = days(7);

/** Answers when it wants to be called again: sooner where a day's bound left something over. */
export async function keepUp({ db, clock, log, retentionDays, auditDays }: Rooms): Promise<Date> {
  const now = clock.now();
  const before = (ms: number): Date => new Date(now.getTime() - ms);
  await makeMonths(db, now, MONTHS_AHEAD);
  const months = await dropMonths(db, before(days(retentionDays)));
  let incidents = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const gone = await deleteIncidents(db, before(days(retentionDays)), BATCH);
    incidents += gone;
    if (gone < BATCH) break;
  }
  await forgetEvents(db, { people: before(days(auditDays)), clockwork: before(CLOCKWORK_KEPT_MS) });
  await forgetKeys(db, now);
  await forgetGroups(db, before(days(7)));
  if (months.length > 0 || incidents > 0) log.info({ months, incidents }, 'what was old and over is gone');
  const all = incidents === BATCH * BATCHES;
  return new Date(now.getTime() + (all ? 60_000 : days(1)));
}
