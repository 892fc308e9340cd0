import type { IncidentsContract } from '../incidents/contract';
import { type Clock, days } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import type { HandlersOf } from '../kernel/jobs/jobs';
import { dailyRetention } from '../kernel/jobs/retention';
import { walkHandlers } from '../kernel/jobs/walks';
import { type Port, systemCaller } from '../kernel/ports/contract';
import type { OncallContract } from '../oncall/contract';
import type { FlappingSettings } from './domain/flapping';
import { callerOf } from './intake/caller';
import { expireJob } from './lifecycle/expiry';
import { flappingJobs } from './lifecycle/flapping';
import { SAMPLE_DAYS } from './mapping/preview';
import { retryLater, retryWhileAway } from './retry';
import { anyAttachedSince } from './store/alerts';
import { forgetBacktests } from './store/backtests';
import { CHANGES_DAYS, forgetChanges } from './store/changes';
import { stillAcknowledged } from './store/endings';
import { flappingOf, forgetIdentities } from './store/flapping';
import { forgetGroups } from './store/groups';
import { forgetHistory } from './store/history';
import { forgetCounters } from './store/holds';
import type { AlertJobs, EndedItem } from './store/jobKinds';
import { forgetMutes } from './store/mutes';
import { forgetRejected } from './store/rejected';
import { forgetResolutions } from './store/resolutions';
import { forgetAlerts } from './store/retention';
import { forgetDropped } from './store/rules';
import { forgetSamples } from './store/samples';
import { forgetUpstreams } from './store/upstream';
import { forgetNotices } from './store/upstreamNotices';
import { forgetVendorRecords } from './store/vendorRecords';
import { noticeOwner } from './upstream/notice';
import { noteIncident } from './vendorRequests/noteIncident';

/** How long the results of vendors' requests are kept. */
const REQUESTS_KEPT_DAYS = 30;

/** Days for which ended silences and maintenance windows are shown. */
export const MUTE_DAYS = 30;

/** Days for which counters and changes are kept without a report; longer than their windows. */
const COUNTER_DAYS = 2;

export interface JobDeps {
  db: Db;
  clock: Clock;
  incidents: Port<IncidentsContract>;
  oncall: Port<OncallContract>;
  attach: HandlersOf<AlertJobs>['attach'];
  heartbeat: HandlersOf<AlertJobs>['heartbeat'];
  releaseMuted: HandlersOf<AlertJobs>['release-muted'];
  releaseHeld: HandlersOf<AlertJobs>['release-held'];
  ruleHours: HandlersOf<AlertJobs>['rule-hours'];
  flapping: FlappingSettings;
  retentionDays: number;
  historyDays: number;
  auditDays: number;
}

/** As the job runs: flapping can have begun or ended since the alert did. */
const withFlapping = (item: EndedItem, flapping: string | undefined): EndedItem =>
  flapping === undefined ? item : { ...item, flapping };

/** Handlers of all jobs of this module. */
export function alertJobs(deps: JobDeps): HandlersOf<AlertJobs> {
  const { db, clock, incidents, attach, heartbeat, releaseMuted, releaseHeld, ruleHours, flapping } = deps;
  const { retentionDays, historyDays, auditDays } = deps;
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
    expire: expireJob({ db, clock, flapping }),
    ...flappingJobs({ db, clock, incidents, settings: flapping }),
    heartbeat,
    'release-muted': releaseMuted,
    'release-held': releaseHeld,
    'rule-hours': ruleHours,

    async 'report-ended'({ alerts, by, since, group }) {
      const flaps = await flappingOf(
        db,
        alerts.map(({ alert_id }) => alert_id),
      );
      const items = alerts.map((alert) => withFlapping(alert, flaps.get(alert.alert_id)));
      const ended = { alerts: items, ...(group && { group }) };
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

    ...walkHandlers({ db, clock }, (walk) => incidents.walk(walk, systemCaller('self-watch'))),
    'notice-affected': noticeOwner(deps),
    'note-incident': (note) => noteIncident({ db, clock, incidents }, note),

    retention: dailyRetention({ db, clock, auditDays }, async (before) => {
      await forgetAlerts(db, before(retentionDays));
      await forgetHistory(db, before(historyDays));
      await forgetGroups(db, before(1));
      await forgetBacktests(db, before(1));
      await forgetResolutions(db, before(1));
      await forgetRejected(db, before(1));
      await forgetSamples(db, before(SAMPLE_DAYS));
      await forgetChanges(db, before(CHANGES_DAYS));
      await forgetVendorRecords(db, before(REQUESTS_KEPT_DAYS));
      await forgetMutes(db, before(MUTE_DAYS));
      await forgetUpstreams(db, before(MUTE_DAYS));
      await forgetNotices(db, before(MUTE_DAYS));
      await forgetDropped(db, before(1));
      await forgetIdentities(db, before(COUNTER_DAYS));
      await forgetCounters(db, before(COUNTER_DAYS));
    }),
  };
}
