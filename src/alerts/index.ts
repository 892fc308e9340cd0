import { join } from 'node:path';
import type { IncidentsContract } from '../incidents/contract';
import { fairTurns } from '../kernel/async/fairTurns';
import { minutes } from '../kernel/clock';
import { eventsFeed } from '../kernel/events/feed';
import { spool } from '../kernel/http/spool';
import { enqueueRetention } from '../kernel/jobs/retention';
import { moduleStatus } from '../kernel/jobs/status';
import { walkAnswers } from '../kernel/jobs/walks';
import { jobWorker } from '../kernel/jobs/worker';
import type { Hosted, ModuleDeps } from '../kernel/module';
import type { Port } from '../kernel/ports/contract';
import { localPort } from '../kernel/ports/local';
import { unreadableRows } from '../kernel/ports/unreadable';
import { secretBox } from '../kernel/secretBox';
import type { OncallContract } from '../oncall/contract';
import { createChanges } from './changes/changes';
import { type AlertsContract, alertsContract } from './contract';
import type { FlappingSettings } from './domain/flapping';
import { followIncidents } from './followIncidents';
import { heartbeats } from './heartbeats/heartbeats';
import { countHeartbeats } from './heartbeats/listed';
import { heartbeatJob } from './heartbeats/look';
import { outageWatch } from './heartbeats/outages';
import { pingKeys } from './heartbeats/pingKeys';
import { pingIntake } from './heartbeats/pings';
import { releaseHeld } from './holds/releaseHeld';
import { ruleHours } from './holds/ruleHours';
import { createIntake } from './intake/intake';
import { deliveryCounters } from './integrations/counters';
import { createDeliver } from './integrations/deliver';
import { formatTools } from './integrations/formatTools';
import { integrations } from './integrations/integrations';
import { keyLookup } from './integrations/keys';
import { rateLimit } from './integrations/rate';
import { rejectedPayloads } from './integrations/rejectedPayloads';
import { alertJobs } from './jobs';
import { alertChanges } from './lifecycle/changes';
import { receiver } from './lifecycle/receive';
import { createEvaluator } from './mapping/evaluator';
import { createMapper } from './mapping/mapper';
import { mappingOperations } from './mapping/preview';
import { alertMetrics } from './metrics';
import { alertRoutes } from './routes';
import { configurationCache } from './rules/configuration';
import { createDecider } from './rules/decider';
import { droppedReports } from './rules/droppedReports';
import { maintenance } from './rules/maintenance';
import { releaseMuted } from './rules/release';
import { rules } from './rules/rules';
import { serviceWindowOperations } from './rules/serviceWindows';
import { silenceOperations, silences } from './rules/silences';
import { alertQueries } from './search/queries';
import { alertsService } from './service';
import { serviceQueries } from './services';
import { countWithoutIncident } from './store/unattached';
import { trials } from './trial/trials';
import { followOncall } from './upstream/followOncall';

/** Bytes of a sender's requests in progress while others send too: about 150 alerts. */
const SHARED_BYTES = 64 * 1024;
/** The same of a sender that is alone: about 600 alerts, which keep the intake busy. */
const ALONE_BYTES = 256 * 1024;

export interface AlertsDeps extends ModuleDeps {
  incidents: Port<IncidentsContract>;
  oncall: Port<OncallContract>;
  /** Base of the URLs that are set in tools, without a slash at its end. */
  publicUrl: string;
  flapping: FlappingSettings;
  correlationWindowMinutes: number;
  retentionDays: number;
  historyDays: number;
  auditDays: number;
  /** Of the installation; keys that encrypt stored secrets are derived from it. */
  secretKey: string;
  /** Folder for files; large requests are spooled below it. */
  dataDir: string;
}

/** The module that takes reports of monitoring tools, stores them as alerts and attaches these to incidents. */
export function createAlerts(deps: AlertsDeps): Hosted<AlertsContract> {
  const {
    db,
    databaseUrl: url,
    clock,
    log,
    registry,
    incidents,
    publicUrl,
    retentionDays,
    historyDays,
    auditDays,
  } = deps;
  const metrics = alertMetrics(registry, {
    waiting: () => countWithoutIncident(db, new Date(clock.now().getTime() - minutes(1))),
    heartbeats: () => countHeartbeats({ db, clock }),
  });
  const configuration = configurationCache({ db, clock, log });
  const dropped = droppedReports({ db, clock });
  const decider = createDecider({ clock, configuration, dropped });
  const intake = createIntake({ db, clock, log, metrics, incidents, decider });
  const ruleDeps = { db, clock, configuration };
  const muting = silences(ruleDeps);
  const counters = deliveryCounters({ db, clock });
  const keys = keyLookup({ db, clock });
  const rate = rateLimit(clock);
  const turns = fairTurns({ most: SHARED_BYTES, mostAlone: ALONE_BYTES });
  const box = secretBox([deps.secretKey]);
  const evaluator = createEvaluator();
  const mapper = createMapper({ db, clock, evaluator });
  const sources = integrations({ db, clock, publicUrl, keys, counters, mapper, box });
  const beating = { heartbeats: heartbeats({ db, clock, publicUrl }), pingKeys: pingKeys({ db, clock, publicUrl }) };
  const pings = pingIntake({ db, clock });
  const outages = outageWatch({ db, clock, log });
  const feed = eventsFeed({ db, url });
  const wakeWorker = (): void => worker.wake();
  const changes = alertChanges({ db, clock, wakeWorker, flapping: deps.flapping });
  const deliver = createDeliver({ db, clock, intake, changes, counters, wakeWorker });
  const heartbeat = heartbeatJob({ db, clock, outages, intake, changes, publicUrl });
  const handlers = alertJobs({
    ...{ db, clock, incidents, oncall: deps.oncall, heartbeat, retentionDays, historyDays, auditDays },
    attach: intake.attach,
    releaseMuted: releaseMuted(ruleDeps),
    releaseHeld: releaseHeld(ruleDeps),
    ruleHours: ruleHours(ruleDeps),
    flapping: deps.flapping,
  });
  const metered = { registry, module: 'alerts' };
  const worker = jobWorker({ db, url, clock, log, handlers, probes: deps.probes, metrics: metered });
  const follower = followIncidents({ db, clock, log, incidents });
  const oncallFollower = followOncall({ db, clock, log, oncall: deps.oncall });
  const { linksSaved } = intake;
  const queries = alertQueries({ db, clock, linksSaved });
  const changeEvents = createChanges({ db, clock });
  const reading = { deliver, changes: changeEvents, queries, linksSaved, pings };
  const toolsOf = formatTools({ db, clock, incidents, wakeWorker, ...reading });
  const { correlationWindowMinutes, flapping } = deps;
  const tried = trials({ ...ruleDeps, log, incidents, mapper, linksSaved, correlationWindowMinutes, flapping });
  const service = alertsService({
    feed,
    ...walkAnswers({ db, clock }, intake.walk),
    standing: moduleStatus(db, clock),
    receiver: receiver({ clock, intake, changes, turns }),
    queries,
    integrations: { ...sources, ...mappingOperations({ db, clock, mapper }) },
    ...beating,
    changes: changeEvents,
    services: serviceQueries({ db, clock }),
    trials: tried.operations,
    configuration: {
      ...silenceOperations(ruleDeps, muting),
      ...maintenance(ruleDeps),
      ...rules(ruleDeps),
      ...serviceWindowOperations(ruleDeps),
    },
  });

  const port = localPort(alertsContract, service, unreadableRows(deps, 'alerts'));
  const bodies = spool({ folder: join(deps.dataDir, 'spool'), log });

  return {
    port,
    routes: (routerDeps) =>
      alertRoutes(
        {
          ...{
            keys,
            rate,
            counters,
            deliver,
            toolsOf,
            mapper,
            reject: rejectedPayloads({ db, clock }),
            spool: bodies,
            turns,
            box,
          },
          ...{ ...beating, pings, clock, port },
          alertmanager: { db, clock, silences: muting, startedAt: clock.now() },
        },
        routerDeps,
      ),
    async start() {
      await bodies.prepare();
      await enqueueRetention(db, clock.now(), 0);
      await feed.start();
      outages.start();
      worker.start();
      follower.start();
      oncallFollower.start();
    },
    async stop() {
      await tried.stop();
      await intake.idle();
      await pings.idle();
      await counters.flush();
      evaluator.stop();
      await outages.stop();
      await dropped.flush();
      await Promise.all([follower.stop(), oncallFollower.stop()]);
      await worker.stop();
      await feed.stop();
    },
    async drain() {
      await tried.idle();
      await intake.idle();
      await pings.idle();
      await dropped.flush();
      return (await worker.drain()) + (await follower.drain()) + (await oncallFollower.drain());
    },
  };
}
