import { minutes } from '../kernel/clock';
import { dailyRetention } from '../kernel/jobs/retention';
import type { Deps } from './deps';
import { forgetGroups } from './store/hidden';
import { deleteIncidents, dropMonths, makeMonths } from './store/retention';

/** The daily retention: creates the next months of the timeline, and deletes expired data. */

const MONTHS_AHEAD = 2;
const BATCH = 500;
const BATCHES = 200;
const SOON_MS = minutes(1);

/** Deletes expired incidents and months of the timeline. Runs again after a minute if a run reached its limit. */
export const retention = ({ db, clock, log, retentionDays, auditDays }: Deps): (() => Promise<void>) =>
  dailyRetention({ db, clock, auditDays }, async (ago) => {
    await makeMonths(db, clock.now(), MONTHS_AHEAD);
    const months = await dropMonths(db, ago(retentionDays));
    let incidents = 0;
    for (let batch = 0; batch < BATCHES; batch++) {
      const deleted = await deleteIncidents(db, ago(retentionDays), BATCH);
      incidents += deleted;
      if (deleted < BATCH) break;
    }
    await forgetGroups(db, ago(7));
    if (months.length > 0 || incidents > 0) log.info({ months, incidents }, 'retention: deleted expired incidents');
    return incidents === BATCH * BATCHES ? SOON_MS : undefined;
  });
