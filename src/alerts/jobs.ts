import type { IncidentsContract } from '../incidents/contract';
import { type Clock, days } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import type { HandlersOf } from '../kernel/jobs/jobs';
import { dailyRetention } from '../kernel/jobs/retention';
import type { Port } from '../kernel/ports/contract';
import { callerOf } from './intake/caller';
import { expireJob } from './lifecycle/expiry';
import { retryLater, retryWhileAway } from './retry';
import { anyAttachedSince } from './store/alerts';
import { CHANGES_DAYS, forgetChanges } from './store/changes';
import { stillAcknowledged } from './store/endings';
import { forgetGroups } from './store/groups';
import type { AlertJobs } from './store/jobKinds';
import { forgetMutes } from './store/mutes';
import { forgetRejected } from './store/rejected';
import { forgetResolutions } from './store/resolutions';
import { forgetAlerts } from './store/retention';
import { forgetDropped } from './store/rules';
import { forgetVendorRecords } from './store/vendorRecords';
import { noteIncident } from './vendorRequests/noteIncident';

/** How long the results of vendors' requests are kept. */
const REQUESTS_KEPT_DAYS = 30;

/** Days for which ended silences and maintenance windows are shown. */
export const MUTE_DAYS = 30;

export interface JobDeps {
  db: Db;
  clock: Clock;
  incidents: Port<IncidentsContract>;
  attach: HandlersOf<AlertJobs>['attach'];
  heartbeat: HandlersOf<AlertJobs>['heartbeat'];
  releaseMuted: HandlersOf<AlertJobs>['release-muted'];
  retentionDays: number;
  auditDays: number;
}

/** Handlers of all jobs of this module. */
export function alertJobs(deps: JobDeps): HandlersOf<AlertJobs> {
  const { db, clock, incidents, attach, heartbeat, releaseMuted, retentionDays, auditDays } = deps;
  /**
   * Incidents does not know these alerts: their `attach` jobs have not run yet, so the job runs again. Alerts older than
   * the retention are given up, because incidents has deleted its record of them.
   * @throws RetryIn
   */
  async function waitUntilAttached(ids: readonly string[], since: string): Promise<void> {
    const oldest = new Date(clock.now().getTime() - days(retentionDays));
    if (ids.length === 0 || !(await anyAttachedSince(db, ids, oldest))) return;
    throw retryLater(clock, since, 'An alert is not attached yet.');
  }

  return {
    attach,
    expire: expireJob({ db, clock }),
    heartbeat,
    'release-muted': releaseMuted,

    async 'report-ended'({ alerts, by, since, group }) {
      const ended = { alerts, ...(group && { group }) };
      const call = () => incidents.alertsEnded(ended, callerOf(by));
      const { results } = await retryWhileAway(clock, since, call);
      const unknown = results.filter(({ incident_id }) => incident_id === null);
      await waitUntilAttached(
        unknown.map(({ alert_id }) => alert_id),
        since,
      );
    },

    async 'report-acknowledged'({ alerts: ids, at, by, since }) {
      const alerts = await stillAcknowledged(db, ids);
      if (alerts.length === 0) return;
      const call = () => incidents.alertsAcknowledged({ alerts, at }, callerOf(by));
      const { results } = await retryWhileAway(clock, since, call);
      const unknown = results.filter(({ incident_id }) => incident_id === null);
      await waitUntilAttached(
        unknown.map(({ alert_id }) => alert_id),
        since,
      );
    },

    async 'report-group'({ group, alerts, by, since }) {
      const call = () => incidents.reportGroup({ ...group, alerts }, callerOf(by));
      const { unknown } = await retryWhileAway(clock, since, call);
      await waitUntilAttached(unknown, since);
    },

    'note-incident': (note) => noteIncident({ db, clock, incidents }, note),

    retention: dailyRetention({ db, clock, auditDays }, async (before) => {
      await forgetAlerts(db, before(retentionDays));
      await forgetGroups(db, before(1));
      await forgetResolutions(db, before(1));
      await forgetRejected(db, before(1));
      await forgetChanges(db, before(CHANGES_DAYS));
      await forgetVendorRecords(db, before(REQUESTS_KEPT_DAYS));
      await forgetMutes(db, before(MUTE_DAYS));
      await forgetDropped(db, before(1));
    }),
  };
}
