import type { IncidentsContract } from '../../incidents/contract';
import { breather } from '../../kernel/http/listBody';
import { orderedId } from '../../kernel/ids';
import type { Caller, Port, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract } from '../contract';
import { MOST_TRIED } from '../contract/trial';
import { instantOf, type Report, reportOf, rises } from '../domain';
import { fingerprintOfKey, type Sender } from '../domain/fingerprint';
import { judgeHold, uncounted } from '../domain/holds';
import { sequenceOf } from '../domain/sequence';
import { addEvents } from '../domain/slidingWindow';
import type { AlertEvent } from '../formats/format';
import { applySettings } from '../integrations/settings';
import type { Mapper } from '../mapping/mapper';
import { type Configuration, decide, type Verdict } from '../rules/decide';
import { subjectOf } from '../rules/decider';
import type { RuleDeps } from '../rules/deps';
import { routingOf } from '../rules/routing';
import { reportHold } from '../rules/ruleHolds';
import { type AlertRow, firingOf } from '../store/alerts';
import { countersOf, type HoldState, holdStatesOf } from '../store/holds';
import { byIds, type IntegrationRow } from '../store/integrations';
import { eventsIn } from './payload';

type TestIntegration = Service<AlertsContract>['testIntegration'];
type Tried = Awaited<ReturnType<TestIntegration>>['events'][number];
type Reached = Tried['incident'];

export interface TestIntegrationDeps extends RuleDeps {
  incidents: Port<IncidentsContract>;
  mapper: Pick<Mapper, 'values'>;
  linksSaved(): Promise<void>;
}

/** An event of the payload on its way through the stages. */
interface Trial {
  event: AlertEvent;
  report: Report;
  verdict: Verdict;
  /** The firing alert of the condition. */
  alert: AlertRow | undefined;
  result: Tried['result'];
  decision: Tried['decision'];
}

/** Runs a payload through the functions of the intake, with the configuration and the alerts of now. */
export async function testIntegration(
  deps: TestIntegrationDeps,
  { id: text, ...sent }: Parameters<TestIntegration>[0],
  caller: Caller,
): ReturnType<TestIntegration> {
  const now = deps.clock.now();
  const id = idOf(text);
  const [integration] = id === null ? [] : await byIds(deps.db, [id]);
  if (integration === undefined) throw new Problem('not-found', 'Integration not found');
  const events = await eventsIn(deps.mapper, integration, sent, { requestId: caller.requestId, receivedAt: now });
  // The incidents of alerts that were attached a moment ago.
  await deps.linksSaved();
  const shown = events.slice(0, MOST_TRIED);
  const trials = await trialsOf(deps, integration, shown, now);
  const incidents = await incidentsOf(deps, trials, caller);
  return {
    events: trials.map((trial) => presentTrial(trial, incidents.get(trial) ?? null)),
    left_out: events.length - shown.length,
  };
}

async function trialsOf(
  { db, configuration }: TestIntegrationDeps,
  integration: IntegrationRow,
  events: readonly AlertEvent[],
  now: Date,
): Promise<Trial[]> {
  const sender: Sender = { actor: integration.name, integrationId: integration.id };
  const current = await configuration.refreshed();
  const fingerprints = events.map(({ key }) => fingerprintOfKey(sender, key));
  const [alerts, states] = await Promise.all([firingOf(db, fingerprints), holdStatesOf(db, fingerprints)]);
  const { after } = sequenceOf(events, conditionOf);
  const trials: Trial[] = [];
  const breathe = breather();
  for (const event of events) {
    const { key, report: read } = applySettings(event, integration, now);
    const report = reportOf({ ...read, dedup_key: key }, sender, orderedId(now), now);
    const verdict = decideAlone(report, current, now);
    const alert = alerts.get(report.fingerprint);
    const trial = { event, report, verdict, alert };
    const state = states.get(report.fingerprint);
    if (event.status === 'firing') trials.push({ ...trial, ...(await firing(db, { ...trial, state }, now)) });
    else trials.push({ ...trial, decision: [], result: settled(event, alert, after.includes(event)) });
    await breathe();
  }
  return trials;
}

const conditionOf = ({ key, status, endedAt, report }: AlertEvent) => ({
  ...{ key, status, endedAt },
  startedAt: report.timestamp ? instantOf(report.timestamp) : null,
});

const decideAlone = (report: Report, current: Configuration, now: Date): Verdict =>
  decide(subjectOf(report), current, now);

/** An alert that has an incident keeps it: mutes and holds are for alerts without one. */
async function firing(
  db: RuleDeps['db'],
  { report, verdict, alert, state }: Pick<Trial, 'report' | 'verdict' | 'alert'> & { state: HoldState | undefined },
  now: Date,
): Promise<Pick<Trial, 'result' | 'decision'>> {
  const { decision } = verdict;
  if (verdict.droppedBy !== null) return { result: 'dropped', decision };
  if (attached(alert) !== null) return { result: 'incident', decision };
  if (verdict.mute !== null) return { result: 'muted', decision };
  const hold = reportHold(verdict, report.fingerprint, 0);
  if (hold === null) return { result: 'incident', decision };
  const { key, plan } = hold;
  const known = key === null ? undefined : (await countersOf(db, [key])).get(key);
  const most = plan.threshold?.count ?? 1;
  const reports = 1 + (key === null || state === undefined ? 0 : uncounted(key, state));
  const counter = {
    events: addEvents(known?.events ?? [], now.getTime(), reports, most),
    reachedAt: known?.reachedAt ?? null,
  };
  const began = alert?.created_at ?? now;
  const judged = judgeHold(hold, counter, { fired: began, delayed: began }, now);
  return { result: judged.hold === null ? 'incident' : 'held', decision: [...decision, ...judged.entries] };
}

/** What an end or an acknowledgement does. @param follows true if the payload reports the condition as firing first */
function settled({ status, endedAt }: AlertEvent, alert: AlertRow | undefined, follows: boolean): Tried['result'] {
  const applies = follows || (alert !== undefined && (endedAt === null || alert.timestamp <= endedAt));
  if (!applies || status === 'firing') return 'unchanged';
  return status;
}

/** An alert that has, or gets, an incident. It keeps the service, the labels and the route of its first decision. */
const attached = (alert: AlertRow | undefined): AlertRow | null => (alert?.muted_by === null ? alert : null);

/** The service and the labels that count for an event. */
const placeOf = ({ alert, verdict: { subject } }: Trial) => attached(alert) ?? subject;

/** The route that counts for an event. A rise out of a rule that pages no one pages, as in the statement of reports. */
function routeOf({ report, verdict: { subject }, alert }: Trial): AlertRow['routing'] {
  const now = routingOf(subject, report.fingerprint);
  const known = attached(alert);
  if (known === null) return now;
  const { routing, severity } = known;
  const pages = routing !== null && rises(severity, subject.severity) && (now?.not_paged_by ?? null) === null;
  return pages ? { ...routing, not_paged_by: null } : routing;
}

/** The incidents of those events that reach one. */
async function incidentsOf(
  { incidents }: TestIntegrationDeps,
  trials: readonly Trial[],
  caller: Caller,
): Promise<Map<Trial, Reached>> {
  const reaching = trials.filter(
    ({ result, alert }) =>
      result === 'incident' || ((result === 'resolved' || result === 'acknowledged') && alert?.incident_id != null),
  );
  if (reaching.length === 0) return new Map();
  const alerts = reaching.map((trial) => {
    const { severity } = trial.verdict.subject;
    const routing = routeOf(trial);
    return {
      ...{ service: placeOf(trial).service, severity, incident_id: trial.alert?.incident_id ?? null },
      ...(routing !== null && { routing }),
    };
  });
  const { results } = await incidents.foreseeAttach({ alerts }, caller);
  return new Map(
    reaching.map((trial, at) => {
      const found = results[at];
      if (found === undefined) return [trial, null];
      const { incident_id: id, team, policy } = found;
      return [trial, { id, team, policy }];
    }),
  );
}

function presentTrial(trial: Trial, incident: Reached): Tried {
  const { event, report, verdict, alert, result, decision } = trial;
  const { severity, message } = verdict.subject;
  const { service, labels } = placeOf(trial);
  return {
    ...{ key: event.key, status: event.status, service, severity, message, labels, source: report.source },
    annotations: report.context?.annotations ?? {},
    ...{ result, decision, alert_id: alert?.id ?? null, incident },
  };
}
