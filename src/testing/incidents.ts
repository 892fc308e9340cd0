import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { createIncidents } from '../incidents';
import type { AlertSnapshot, IncidentsContract } from '../incidents/contract';
import { type FakeClock, fakeClock } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import type { Hosted } from '../kernel/module';
import { type Caller, type Port, systemCaller } from '../kernel/ports/contract';
import { unavailable } from '../kernel/ports/problem';
import type { NotifyContract } from '../notify/contract';
import type { OncallContract } from '../oncall/contract';
import { type TestDatabase, testDatabase } from './databases';
import { eventsSoFar } from './events';
import { silentLog, someone } from './http';

type TakeStep = OncallContract['takeStep'];
type StepRequest = Parameters<Port<OncallContract>['takeStep']>[0];
type Answer = Awaited<ReturnType<Port<OncallContract>['takeStep']>>;
type Told = Answer['told'][number];
export interface SentPage {
  key: string;
  incident_id: string;
  notification_id: string;
  name: string;
}
type NotifyEvents = { kind: string; data: Record<string, unknown> }[];

export const JANE = { name: 'Jane Roe', email: 'jane@example.com' };
export const JOE = { name: 'Joe Doe', email: 'joe@example.com' };
export const machine = (actor = 'prometheus'): Caller => ({
  ...systemCaller('from-a-machine'),
  actor,
  kind: 'integration',
});

/** The module incidents with its own database, above a fake oncall and a fake notify. */
export interface IncidentsHarness {
  clock: FakeClock;
  database: TestDatabase;
  db: Db;
  registry: Registry;
  module: Hosted<IncidentsContract>;
  port: Port<IncidentsContract>;
  below: Below;
  /** Creates the module once more with the same database, neighbours and clock, as another process would. */
  again(over?: Partial<Parameters<typeof createIncidents>[0]>): Hosted<IncidentsContract>;
  /** Drains until nothing is due. */
  drain(): Promise<void>;
  /** Advances the clock and drains. */
  later(ms: number): Promise<void>;
  end(): Promise<void>;
}

/** The behaviour of the fake oncall and notify, and their calls. */
export interface Below {
  /** Both are unreachable. */
  away: boolean;
  team: string | null;
  primary: typeof JANE | null;
  /** The primaries of teams to which routes lead. */
  teams: Record<string, typeof JANE>;
  /** The owners of services; `team` for all others. */
  owners: Record<string, string>;
  /** What oncall does not find of a route. */
  missing: ('team' | 'policy')[];
  people: (typeof JANE)[];
  /** The targets of each step, first step first; later steps have none. */
  steps: Told[][];
  repeat: number;
  /** How many people must acknowledge. */
  acknowledgements: number;
  /** Whether the people of a step take turns: each run of it pages one. */
  inTurn: boolean;
  waitMinutes: number;
  nextHandoffAt: string | null;
  ackTimeout: number | null;
  /** When support hours begin, for which medium and low severities wait; null during support hours. */
  waitUntil: string | null;
  /** Events of notify, oldest first. */
  facts: NotifyEvents;
  /** The kinds of the events of oncall, oldest first. */
  oncallEvents: string[];
  /** Pages are accepted as soon as they are sent; if false, the test adds the events. */
  accepts: boolean;
  /** Whether assignees and the fallback target have an address. */
  reachable: boolean;
  /** The id of the next notification; random if null. */
  nextId: string | null;
  /** Every sent page, oldest first. */
  pages: SentPage[];
  asked: {
    takeStep: Parameters<Port<OncallContract>['takeStep']>[0][];
    ackTimeout: Parameters<Port<OncallContract>['ackTimeout']>[0][];
    foreseeStep: Parameters<Port<OncallContract>['foreseeStep']>[0][];
    tell: Parameters<Port<NotifyContract>['tell']>[0][];
    cancel: Parameters<Port<NotifyContract>['cancel']>[0][];
    tellOutcome: Parameters<Port<NotifyContract>['tellOutcome']>[0][];
    showIncident: Parameters<Port<NotifyContract>['showIncident']>[0][];
    responders: number;
  };
  /** Called by takeStep and tellOutcome before they answer. */
  meanwhile: () => Promise<void>;
  /** Steps are executed, but their results are lost. */
  answersAreLost: boolean;
}

/** The event of notify for a page. */
export const outcomeOf = (
  kind: `notification_${'sent' | 'failed' | 'delivered' | 'undelivered'}`,
  { name, ...page }: SentPage,
): NotifyEvents[number] => ({
  kind,
  data: { ...page, channel: 'email', recipient: name, person: { name, email: null }, reason: 'SMTP 550 Unknown' },
});

export const told = (person: typeof JANE, role: Told['role'], over: Partial<Told> = {}): Told => ({
  ...person,
  role,
  channel: 'email',
  recipient: person.email,
  notification_id: randomUUID(),
  reachable: true,
  ...over,
});

export const ROOM: Told = { ...told({ name: 'ops-team', email: '' }, 'room'), email: null };

function belowOf(): Below {
  return {
    away: false,
    team: 'payments',
    primary: JANE,
    teams: {},
    owners: {},
    missing: [],
    people: [JANE, JOE],
    steps: [[told(JANE, 'primary')], [told(JOE, 'secondary')], [told(JANE, 'member'), told(JOE, 'member')]],
    repeat: 0,
    acknowledgements: 1,
    inTurn: false,
    waitMinutes: 5,
    nextHandoffAt: null,
    ackTimeout: null,
    waitUntil: null,
    facts: [],
    oncallEvents: [],
    accepts: true,
    reachable: true,
    nextId: null,
    pages: [],
    asked: {
      takeStep: [],
      ackTimeout: [],
      foreseeStep: [],
      tell: [],
      cancel: [],
      tellOutcome: [],
      showIncident: [],
      responders: 0,
    },
    meanwhile: async () => {},
    answersAreLost: false,
  };
}

function portsOf(below: Below, clock: FakeClock): { oncall: Port<OncallContract>; notify: Port<NotifyContract> } {
  const present = (): void => {
    if (below.away) throw unavailable('The neighbour is unreachable.');
  };
  const answers = new Map<string, Answer>();
  const freshId = (): string => {
    const { nextId } = below;
    below.nextId = null;
    return nextId ?? randomUUID();
  };
  const sent = (pages: SentPage[]): void => {
    for (const { key, incident_id, notification_id, name } of pages) {
      const page = { key, incident_id, notification_id, name };
      below.pages.push(page);
      if (below.accepts) below.facts.push(outcomeOf('notification_sent', page));
    }
  };
  const waits = (severity: string, byHand = false): boolean =>
    below.waitUntil !== null && !byHand && (severity === 'medium' || severity === 'low');
  const sparedBy = (step: number, spare: string | null | undefined, acknowledged: readonly string[] = []) =>
    (below.steps[step - 1] ?? []).filter(
      ({ email }) => email !== null && email !== '' && [spare, ...acknowledged].includes(email),
    );
  /** The people of a step who were not passed over in this run of it. */
  const leftIn = (step: number, passedOver: readonly string[] = []) =>
    (below.steps[step - 1] ?? []).filter(({ email }) => !passedOver.includes(email as string));
  const answer = ({
    step,
    severity,
    by_hand,
    spare,
    acknowledged_by,
    passed_over,
  }: Pick<StepRequest, 'step' | 'severity' | 'by_hand' | 'spare' | 'acknowledged_by' | 'passed_over'>): Answer => ({
    escalation_id: randomUUID(),
    team: below.team,
    told: waits(severity, by_hand)
      ? []
      : leftIn(step, passed_over)
          .slice(0, below.inTurn ? 1 : undefined)
          .filter((each) => !sparedBy(step, spare, acknowledged_by).includes(each))
          .map((each) => ({ ...each, notification_id: freshId() })),
    why: 'as the test says',
    ...(sparedBy(step, spare, acknowledged_by).length > 0 && { spared: true }),
    ...(below.inTurn && { others_in_turn: Math.max(0, leftIn(step, passed_over).length - 1) }),
    ...(below.acknowledgements > 1 && { acknowledgements: below.acknowledgements }),
    ...(below.missing.length > 0 && { missing: below.missing }),
    wait_minutes: below.waitMinutes,
    steps: Math.max(1, below.steps.length),
    repeat: below.repeat,
    next_handoff_at: below.nextHandoffAt,
    wait_until: waits(severity, by_hand) ? below.waitUntil : null,
    timestamp: clock.now().toISOString(),
  });
  const oncall: Partial<Port<OncallContract>> = {
    async responders({ services, teams = [] }) {
      present();
      below.asked.responders += 1;
      return {
        results: services.map((service) => ({ service, team: below.team, primary: below.primary })),
        teams: teams.flatMap((name) => {
          const primary = below.teams[name];
          return primary === undefined ? [] : [{ name, team: name, primary }];
        }),
      };
    },
    async owners({ services }) {
      present();
      const owned = { owned_by: 'registry' as const, has_schedule: true };
      return { owners: services.map((service) => ({ service, team: below.owners[service] ?? below.team, ...owned })) };
    },
    async findPerson({ text }) {
      present();
      const [person, ...others] = below.people.filter(({ name, email }) => text === name || text === email);
      if (person === undefined) return { name: text, email: null };
      if (others.length === 0) return person;
      const candidates = [person, ...others].map((each) => ({
        ...each,
        teams: below.team === null ? [] : [below.team],
      }));
      return { name: text, email: null, candidates };
    },
    async takeStep(input: Parameters<Port<{ takeStep: TakeStep }>['takeStep']>[0]) {
      present();
      await below.meanwhile();
      if (!answers.has(input.key)) below.asked.takeStep.push(input);
      if (!answers.has(input.key)) {
        const taken = answer(input);
        answers.set(input.key, taken);
        const pages = taken.told.filter(({ role, reachable }) => reachable && role !== 'room');
        sent(pages.map(({ notification_id, name }) => ({ ...input, notification_id, name })));
      }
      if (below.answersAreLost) throw unavailable('The answer was lost.');
      return answers.get(input.key) as Answer;
    },
    async takenStep({ key }) {
      present();
      return { taken: answers.get(key) ?? null };
    },
    async foreseeStep(input) {
      present();
      below.asked.foreseeStep.push(input);
      const { escalation_id: _id, timestamp: _at, ...foreseen } = answer(input);
      return foreseen;
    },
    async events({ after }) {
      const from = Number(after ?? 0);
      const events = below.oncallEvents.slice(from).map((kind, at) => ({
        cursor: String(from + at + 1),
        kind,
        subject: 'payments',
        actor: 'maria',
        actor_kind: 'user' as const,
        data: {},
        at: clock.now().toISOString(),
      }));
      return { events, cursor: events.length > 0 ? String(from + events.length) : (after ?? null) };
    },
    async ackTimeout(input) {
      present();
      below.asked.ackTimeout.push(input);
      return { minutes: below.ackTimeout };
    },
    async escalateUnknown({ team, incident_id }) {
      present();
      return {
        status: 'escalated',
        escalation_id: randomUUID(),
        team,
        incident_id,
        escalated_to: JOE,
        message: `Escalation triggered for team '${team}' — incident ${incident_id}`,
        timestamp: clock.now().toISOString(),
      };
    },
  };
  const notify: Partial<Port<NotifyContract>> = {
    async tell(input) {
      present();
      below.asked.tell.push(input);
      const told = input.to.map((to, n) => ({
        to: n,
        notification_id: randomUUID(),
        channel: 'email' as const,
        recipient: to.kind === 'person' ? (to.email ?? to.name) : (to.address ?? 'x'),
        reachable: below.reachable,
      }));
      const pages = told.filter((_, n) => input.to[n]?.kind === 'person');
      if (below.reachable) sent(pages.map((each) => ({ ...input, ...each, name: each.recipient })));
      return { told };
    },
    async cancel(input) {
      present();
      below.asked.cancel.push(input);
      return { cancelled: 1 };
    },
    async showIncident(input) {
      present();
      below.asked.showIncident.push(input);
      return {};
    },
    async tellOutcome(input) {
      present();
      await below.meanwhile();
      below.asked.tellOutcome.push(input);
      return {};
    },
    async events({ after }) {
      const from = Number(after ?? 0);
      const events = below.facts.slice(from).map(({ kind, data }, at) => ({
        cursor: String(from + at + 1),
        kind,
        subject: String(data['incident_id']),
        actor: 'system',
        actor_kind: 'system' as const,
        data,
        at: clock.now().toISOString(),
      }));
      return { events, cursor: events.length > 0 ? String(from + events.length) : (after ?? null) };
    },
  };
  return { oncall: oncall as Port<OncallContract>, notify: notify as Port<NotifyContract> };
}

export async function incidentsHarness(
  over: Partial<Parameters<typeof createIncidents>[0]> = {},
): Promise<IncidentsHarness> {
  const clock = fakeClock();
  // Tests of races use all connections; on a busy machine the last caller waits longer than the product allows.
  const database = await testDatabase('incidents', { acquireTimeoutMs: 30_000 });
  const below = belowOf();
  const registry = new Registry();
  const deps = {
    db: database.db,
    databaseUrl: database.url,
    clock,
    log: silentLog,
    registry,
    ...portsOf(below, clock),
    correlationWindowMinutes: 5,
    fallbackTarget: null,
    reachedWithinMs: 60_000,
    notifyOutcome: true,
    retentionDays: 400,
    auditDays: 400,
    ...over,
  };
  const module = createIncidents(deps);
  const drain = async (): Promise<void> => {
    while ((await module.drain()) > 0);
  };
  return {
    clock,
    database,
    db: database.db,
    registry,
    module,
    port: module.port,
    below,
    again: (other = {}) => createIncidents({ ...deps, registry: new Registry(), ...other }),
    drain,
    async later(ms) {
      clock.advance(ms);
      await drain();
    },
    end: () => database.drop(),
  };
}

/** An alert snapshot of the module alerts; each has its own service by default. */
export function alertOf(over: Partial<AlertSnapshot> = {}): AlertSnapshot {
  const at = '2026-01-05T09:00:00.000Z';
  return {
    id: randomUUID(),
    service: `service-${randomUUID()}`,
    severity: 'high',
    message: 'HTTP 5xx error rate > 10%',
    source: 'prometheus',
    labels: { env: 'production' },
    fingerprint: 'f'.repeat(64),
    timestamp: at,
    created_at: at,
    ...over,
  };
}

/** Attaches one alert and returns the id of its incident. */
export async function openedBy({ port }: IncidentsHarness, alert = alertOf()): Promise<string> {
  const { results } = await port.attach({ alerts: [alert] }, machine());
  return results[0]?.incident_id as string;
}

/** The event types in the timeline of an incident, oldest first. */
export async function timelineOf({ port }: IncidentsHarness, id: string): Promise<string[]> {
  const { timeline } = await port.timeline({ id }, someone());
  return timeline.map(({ event_type }) => event_type);
}

/** All events about an incident. */
export async function factsOf({ db }: Pick<IncidentsHarness, 'db'>, id: string) {
  return (await eventsSoFar(db)).filter(({ subject }) => subject === id);
}

/** Waits until a transaction waits for a lock. */
export async function someLockWaits({ db }: Pick<IncidentsHarness, 'db'>): Promise<void> {
  for (let waiting = 0; waiting === 0; ) {
    const { rows } = await db.raw('select count(*)::int as n from pg_locks where not granted');
    waiting = rows[0].n;
  }
}
