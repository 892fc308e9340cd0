import { isDeepStrictEqual } from 'node:util';
import { Registry } from 'prom-client';
import { createAlerts } from '../alerts';
import { type AlertsContract, alertsContract } from '../alerts/contract';
import type { TruncatedGroup } from '../alerts/domain';
import type { EndedItem } from '../alerts/store/jobKinds';
import { type AlertSnapshot, type IncidentsContract, incidentsContract } from '../incidents/contract';
import { type FakeClock, fakeClock, minutes } from '../kernel/clock';
import type { RecordedEvent } from '../kernel/events/events';
import type { Hosted } from '../kernel/module';
import type { Caller, Port } from '../kernel/ports/contract';
import { inputOf, localPort } from '../kernel/ports/local';
import { unavailable } from '../kernel/ports/problem';
import { type OncallContract, oncallContract } from '../oncall/contract';
import { type TestDatabase, testDatabase } from './databases';
import { appOf, silentLog, someone } from './http';
import { emptyFolder } from './product';

/** A fake of the module incidents for alerts: one open incident per service and severity or group, and simulated outages. */
export interface FakeIncidents {
  port: Port<IncidentsContract>;
  /** Every attached alert, in order, with its caller. */
  attached: { alert: AlertSnapshot; by: Caller }[];
  /** Alerts passed to `foreseeAttach`. */
  foreseen: Parameters<Port<IncidentsContract>['foreseeAttach']>[0]['alerts'];
  /** How many times `attach` was called. */
  calls: number;
  ended: (EndedItem & { by: Caller })[];
  /** Alerts passed to `alertsAcknowledged`. */
  acknowledged: { alert_id: string; at: string; by: Caller }[];
  /** Notes passed to `addNote`. */
  notes: { id: string; author?: string | undefined; content: string; by: Caller }[];
  /** What `actForAlert` was asked for. */
  acts: (Parameters<Port<IncidentsContract>['actForAlert']>[0] & { by: Caller })[];
  /** The answer of `actForAlert`. */
  actResult: Omit<Awaited<ReturnType<Port<IncidentsContract>['actForAlert']>>, 'incident_id'>;
  /** The answers of `states`, by incident. */
  states: Map<string, Awaited<ReturnType<Port<IncidentsContract>['states']>>['incidents'][number]>;
  /** Fingerprints passed to `flappingEnded`. */
  flappingEnded: string[];
  /** Groups passed to `reportGroup`. */
  groups: (TruncatedGroup & { alerts: string[] })[];
  /** Groups passed to `alertsEnded`. */
  endedIn: TruncatedGroup[];
  /** Events that the port returns. */
  facts: Omit<Awaited<ReturnType<Port<IncidentsContract>['events']>>['events'][number], 'cursor'>[];
  /** Incidents opened so far. */
  opened: string[];
  /** Snapshots that validation would refuse or change. In one process incidents does not parse them (`inputIsBuilt`). */
  invalid: AlertSnapshot[];
  /** How the next calls behave; `deaf` does the work and never answers. */
  mood: 'up' | 'down' | 'deaf' | 'broken';
  /** Resolves an incident, as a responder would. */
  resolve(incidentId: string): void;
  incidentOf(alertId: string): string | undefined;
}

const never = new Promise<never>(() => {});
const NOT_ATTACHED = { result: 'not_attached', detail: null } as const;

/** A fake without incidents, in the mood `up`. */
export function fakeIncidents(): FakeIncidents {
  const links = new Map<string, { incident: string; firing: boolean }>();
  const open = new Map<string, string>();

  const answering = async <T>(act: () => T): Promise<T> => {
    if (fake.mood === 'down') throw unavailable('The neighbour is unreachable.');
    if (fake.mood === 'broken') throw new Error('an unexpected error');
    const answer = act();
    return fake.mood === 'deaf' ? never : answer;
  };

  function attachOne(alert: AlertSnapshot) {
    const known = links.get(alert.id);
    if (known) {
      const result = known.firing ? ('existing_incident' as const) : ('ended' as const);
      return { alert_id: alert.id, incident_id: known.incident, result };
    }
    const slot = `${alert.routing?.key ?? alert.service}|${alert.routing?.by_severity === false ? '' : alert.severity}`;
    const existing = open.get(slot);
    const incident = existing ?? crypto.randomUUID();
    if (!existing) {
      open.set(slot, incident);
      fake.opened.push(incident);
    }
    links.set(alert.id, { incident, firing: true });
    const result = existing ? ('existing_incident' as const) : ('new_incident' as const);
    return { alert_id: alert.id, incident_id: incident, result };
  }

  const { foreseeAttach, attach, alertsEnded, alertsAcknowledged, flappingEnded } = incidentsContract;
  const { reportGroup, events, addNote, actForAlert, states } = incidentsContract;
  const isBuilt = (alert: AlertSnapshot): boolean => {
    try {
      return isDeepStrictEqual(inputOf(attach, { alerts: [alert] }), { alerts: [alert] });
    } catch {
      return false;
    }
  };
  const port = localPort(
    {
      ...{ attach, alertsEnded, alertsAcknowledged, flappingEnded, reportGroup, events },
      ...{ addNote, actForAlert, states, foreseeAttach },
    },
    {
      foreseeAttach: ({ alerts }) =>
        answering(() => {
          fake.foreseen.push(...alerts);
          return {
            results: alerts.map(({ service, severity, incident_id }) => ({
              incident_id: incident_id ?? open.get(`${service}|${severity}`) ?? null,
              ...{ team: `team of ${service}`, policy: `team of ${service}` },
            })),
          };
        }),
      addNote: (note, by) =>
        answering(() => {
          fake.notes.push({ ...note, by });
          const { id: incident_id, author = by.actor, content } = note;
          const created_at = new Date().toISOString();
          return { id: crypto.randomUUID(), incident_id, author, actor: by.actor, content, created_at };
        }),
      actForAlert: (act, by) =>
        answering(() => {
          fake.acts.push({ ...act, by });
          const incident_id = links.get(act.alert_id)?.incident ?? null;
          return { incident_id, ...(incident_id === null ? NOT_ATTACHED : fake.actResult) };
        }),
      states: ({ ids }) => answering(() => ({ incidents: ids.flatMap((id) => fake.states.get(id) ?? []) })),
      async events({ after }) {
        const from = Number(after ?? 0);
        const page = fake.facts.slice(from).map((event, n) => ({ ...event, cursor: String(from + n + 1) }));
        return { events: page, cursor: page.at(-1)?.cursor ?? after ?? null };
      },
      attach: ({ alerts }, by) =>
        answering(() => {
          fake.calls += 1;
          fake.invalid.push(...alerts.filter((alert) => !isBuilt(alert)));
          fake.attached.push(...alerts.map((alert) => ({ alert, by })));
          return { results: alerts.map(attachOne) };
        }),
      flappingEnded: ({ fingerprints }) =>
        answering(() => {
          fake.flappingEnded.push(...fingerprints);
          return { incidents: [] };
        }),
      reportGroup: ({ alerts, ...group }) =>
        answering(() => {
          fake.groups.push({ ...group, alerts });
          return { unknown: alerts.filter((id) => !links.has(id)) };
        }),
      alertsAcknowledged: ({ alerts, at }, by) =>
        answering(() => {
          fake.acknowledged.push(...alerts.map((alert_id) => ({ alert_id, at, by })));
          const results = alerts.map((alert_id) => {
            const incident_id = links.get(alert_id)?.incident ?? null;
            return { alert_id, incident_id, incident_acknowledged: incident_id !== null };
          });
          return { results };
        }),
      alertsEnded: ({ alerts, group }, by) =>
        answering(() => {
          if (group !== undefined) fake.endedIn.push(group);
          fake.ended.push(...alerts.map((alert) => ({ ...(alert as EndedItem), by })));
          const results = alerts.map(({ alert_id }) => {
            const link = links.get(alert_id);
            if (link) link.firing = false;
            return { alert_id, incident_id: link?.incident ?? null, incident_resolved: link !== undefined };
          });
          return { results };
        }),
    },
  ) as unknown as Port<IncidentsContract>;

  const fake: FakeIncidents = {
    port,
    attached: [],
    foreseen: [],
    calls: 0,
    ended: [],
    acknowledged: [],
    flappingEnded: [],
    groups: [],
    notes: [],
    acts: [],
    actResult: { result: 'done', detail: null },
    states: new Map(),
    facts: [],
    endedIn: [],
    opened: [],
    invalid: [],
    mood: 'up',
    resolve(incidentId) {
      for (const [slot, incident] of open) if (incident === incidentId) open.delete(slot);
      for (const link of links.values()) if (link.incident === incidentId) link.firing = false;
    },
    incidentOf: (alertId) => links.get(alertId)?.incident,
  };
  return fake;
}

/** A fake of oncall for alerts: the events that it returns, and whether it answers. */
export interface FakeOncall {
  port: Port<OncallContract>;
  facts: Omit<RecordedEvent, 'cursor'>[];
  /** Services passed to `tellAffected`. */
  told: { incident_id: string; service: string; title: string; team?: string | undefined }[];
  /** The team that `tellAffected` answers, if no route names one. */
  owner: string | null;
  down: boolean;
}

export function fakeOncall(): FakeOncall {
  const { events, tellAffected } = oncallContract;
  const port = localPort(
    { events, tellAffected },
    {
      async events({ after }) {
        if (fake.down) throw unavailable('The neighbour is unreachable.');
        const from = Number(after ?? 0);
        const page = fake.facts.slice(from).map((event, n) => ({ ...event, cursor: String(from + n + 1) }));
        return { events: page, cursor: page.at(-1)?.cursor ?? after ?? null };
      },
      async tellAffected(notice) {
        if (fake.down) throw unavailable('The neighbour is unreachable.');
        fake.told.push(notice);
        return { team: notice.team ?? fake.owner };
      },
    },
  ) as unknown as Port<OncallContract>;
  const fake: FakeOncall = { port, facts: [], told: [], owner: 'payments', down: false };
  return fake;
}

export interface AlertsHarness {
  database: TestDatabase;
  clock: FakeClock;
  incidents: FakeIncidents;
  oncall: FakeOncall;
  alerts: Hosted<AlertsContract>;
  registry: Registry;
  /** Creates the module once more on the same database, as another process would. */
  another(): Hosted<AlertsContract>;
  app(caller?: Caller): ReturnType<typeof appOf>;
  drop(): Promise<void>;
}

/** The module alerts with its own database, a fake clock and a fake incidents. */
export async function alertsHarness(
  over: { db?: TestDatabase['db']; url?: string; dataDir?: string } = {},
): Promise<AlertsHarness> {
  const database = await testDatabase('alerts');
  const clock = fakeClock();
  const incidents = fakeIncidents();
  const oncall = fakeOncall();
  const registry = new Registry();
  const hosted = (into: Registry): Hosted<AlertsContract> =>
    createAlerts({
      db: over.db ?? database.db,
      databaseUrl: over.url ?? database.url,
      clock,
      log: silentLog,
      registry: into,
      incidents: incidents.port,
      oncall: oncall.port,
      publicUrl: 'https://tocsin.example',
      secretKey: 'the secret key of a test',
      flapping: { changes: 4, windowMs: minutes(30) },
      retentionDays: 400,
      correlationWindowMinutes: 5,
      historyDays: 30,
      auditDays: 400,
      dataDir: over.dataDir ?? emptyFolder(),
    });
  const alerts = hosted(registry);
  return {
    database,
    clock,
    incidents,
    oncall,
    alerts,
    registry,
    another: () => hosted(new Registry()),
    app: (caller = someone()) => appOf(alertsContract, alerts.port, caller, alerts.routes),
    async drop() {
      await database.drop();
      if (incidents.invalid.length > 0) throw new Error(`Invalid snapshots: ${JSON.stringify(incidents.invalid)}`);
    },
  };
}
