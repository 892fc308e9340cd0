import type { IncidentsContract } from '../../incidents/contract';
import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Caller, Port } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { Changes } from '../changes/changes';
import { fingerprintOfKey } from '../domain/fingerprint';
import type { FormatTools, IncidentState } from '../formats/format';
import type { Pings } from '../heartbeats/pings';
import { toolHeartbeats } from '../heartbeats/toolHeartbeats';
import type { Intake } from '../intake/intake';
import type { alertQueries } from '../search/queries';
import { latestOf, ofIntegration } from '../store/alerts';
import { withdrawAcknowledgement } from '../store/endings';
import type { IntegrationRow } from '../store/integrations';
import { vendorRecords } from '../vendorRequests/records';
import { reviseAlert } from '../vendorRequests/revise';
import type { Deliver } from './deliver';

export interface FormatToolsDeps {
  db: Db;
  clock: Clock;
  deliver: Deliver;
  changes: Pick<Changes, 'record'>;
  queries: Pick<ReturnType<typeof alertQueries>, 'get'>;
  incidents: Port<IncidentsContract>;
  linksSaved: Intake['linksSaved'];
  pings: Pick<Pings, 'take'>;
  /** Called after a commit that enqueued jobs, so that they start at once. */
  wakeWorker: () => void;
}

/** The tools of an endpoint for one request. @param body of the request; kept with the alerts that it reports */
export type ToolsOf = (
  integration: IntegrationRow,
  ids: Pick<Caller, 'requestId' | 'trace'>,
  body?: unknown,
) => FormatTools;

export const formatTools =
  (deps: FormatToolsDeps): ToolsOf =>
  (integration, ids, body) => {
    const { db, clock, deliver, queries, incidents } = deps;
    const started = performance.now();
    const caller: Caller = { ...ids, actor: integration.name, kind: 'integration', role: null, email: null };
    const sender = { actor: integration.name, integrationId: integration.id };
    const fingerprintOf = (key: string) => fingerprintOfKey(sender, key);
    const shown = async (id: string | null) => (id === null ? null : queries.get({ alert_id: id }, caller));
    return {
      deliver: (reading) =>
        deliver({
          ...{ integration, ids, endpoint: { read: () => reading } },
          request: { requestId: ids.requestId, receivedAt: clock.now(), params: {}, query: {}, headers: {} },
          body: { rest: body, total: null, invalidIndexes: [], slices: noSlices },
        }),
      alertOf: async (key) => shown(await latestOf(db, fingerprintOf(key))),
      async alertWithId(text) {
        const id = idOf(text);
        return shown(id === null ? null : await ofIntegration(db, integration.id, id));
      },
      recordChange: (change) => deps.changes.record(change, integration, caller),
      integration: { id: integration.id, name: integration.name },
      now: () => clock.now(),
      elapsed: () => (performance.now() - started) / 1_000,
      heartbeats: toolHeartbeats(deps, integration, caller),
      records: vendorRecords(deps, integration, caller),
      revise: (key, change) => reviseAlert(deps, fingerprintOf(key), change, caller),
      async act(alertId, act) {
        // First, so that a job that still has to report the acknowledgement does not.
        if (act.act === 'unacknowledge') await withdrawAcknowledgement(db, alertId);
        return incidents.actForAlert({ alert_id: alertId, ...act }, caller);
      },
      incidentStates: (some) => statesOf(incidents, some, caller),
    };
  };

/** Incidents answers at most so many states at once. */
const STATES_AT_ONCE = 200;

async function statesOf(
  incidents: Port<IncidentsContract>,
  ids: readonly string[],
  caller: Caller,
): Promise<Map<string, IncidentState>> {
  const asked = [...new Set(ids)].slice(0, STATES_AT_ONCE);
  if (asked.length === 0) return new Map();
  try {
    const { incidents: states } = await incidents.states({ ids: asked }, caller);
    return new Map(states.map(({ id, ...state }) => [id, state]));
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== 'unavailable') throw error;
    return new Map();
  }
}

async function* noSlices(): AsyncGenerator<never> {}
