import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { type FakeClock, fakeClock } from '../kernel/clock';
import type { Hosted } from '../kernel/module';
import { type Caller, type Port, systemCaller } from '../kernel/ports/contract';
import { unavailable } from '../kernel/ports/problem';
import type { NotifyContract, Reach } from '../notify/contract';
import type { OncallContract } from '../oncall/contract';
import { createOncall, type OncallDeps } from '../oncall/index';
import { type TestDatabase, testDatabase } from './databases';
import { silentLog } from './http';

type Tell = Parameters<Port<NotifyContract>['tell']>[0];

/** A fake of notify for oncall. It records notifications once per key, and can be down. */
export interface FakeNotify {
  port: Port<NotifyContract>;
  /** Recorded notifications. */
  told: Tell[];
  /** How many times `tell` was called, including repeats. */
  calls: number;
  down: boolean;
  /** E-mail is not configured, so that no person can be reached. */
  mailless: boolean;
  /** The names of people without an address. */
  unreachable: Set<string>;
  /** What weakens the reach of people, by address; all others are reached. */
  weak: Map<string, Partial<Reach>>;
  /** The addresses of people whose contact methods were erased. */
  erased: string[];
  /** Calls wait until there are this many, so that a test can make them concurrent. */
  together: number;
}

export function fakeNotify(): FakeNotify {
  const answers = new Map<string, Awaited<ReturnType<Port<NotifyContract>['tell']>>>();
  const waiting: (() => void)[] = [];
  const fake: FakeNotify = {
    told: [],
    calls: 0,
    down: false,
    mailless: false,
    unreachable: new Set(),
    weak: new Map(),
    erased: [],
    together: 1,
    port: {
      async tell(command: Tell) {
        fake.calls += 1;
        if (fake.down) throw unavailable('notify is down');
        if (fake.calls < fake.together) await new Promise<void>((go) => waiting.push(go));
        for (const go of waiting.splice(0)) go();
        const known = answers.get(command.key);
        if (known) return known;
        fake.told.push(command);
        const answer = { told: command.to.map(toldOf) };
        answers.set(command.key, answer);
        return answer;
      },
      async erasePerson({ person }: { person: string }) {
        fake.erased.push(person);
        return { erased: 0 };
      },
      async reach({ people }: { people: string[] }) {
        if (fake.down) throw unavailable('notify is down');
        const reached = { reachable: true, why_not: null, ways: 'push', concerns: [], failing: [] };
        return { people: people.map((person) => ({ person, ...reached, ...fake.weak.get(person) })) };
      },
      async wouldTell({ to }: { to: Tell['to'] }) {
        if (fake.down) throw unavailable('notify is down');
        const told = to.map(toldOf).map(({ notification_id: _, ...rest }) => ({
          ...rest,
          reachable: rest.reachable && !fake.unreachable.has(rest.recipient),
        }));
        return { told: fake.mailless ? told.map((each) => ({ ...each, reachable: false })) : told };
      },
    } as unknown as Port<NotifyContract>,
  };
  return fake;
}

const toldOf = (target: Tell['to'][number], to: number) => {
  const recipient = target.kind === 'room' ? (target.address ?? 'mock:ops-team').replace(/^\w+:/, '') : target.name;
  const reachable = target.kind === 'room' || target.email !== null;
  return { to, notification_id: randomUUID(), channel: 'mock' as const, recipient, reachable };
};

export interface OncallHarness {
  database: TestDatabase;
  clock: FakeClock;
  notify: FakeNotify;
  registry: Registry;
  oncall: Hosted<OncallContract>;
  port: Port<OncallContract>;
  /** Creates the module once more on the same database, as another process would. */
  another(settings?: Partial<OncallDeps>): Hosted<OncallContract>;
  /** The value of a series; 0 if it does not exist. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

export const ada: Caller = { actor: 'ada', kind: 'user', role: 'admin', email: 'ada@example.com', requestId: 'req-1' };
export const clockwork = systemCaller('req-2');

/** The module oncall with its own database, at 09:00 on a Monday, with a fake notify. */
export async function oncallHarness(settings: Partial<OncallDeps> = {}): Promise<OncallHarness> {
  const database = await testDatabase('oncall');
  const clock = fakeClock();
  const notify = fakeNotify();
  const create = (registry: Registry, more: Partial<OncallDeps>) =>
    createOncall({
      db: database.db,
      databaseUrl: database.url,
      clock,
      log: silentLog,
      registry,
      notify: notify.port,
      defaultTeam: null,
      publicUrl: 'https://tocsin.example',
      defaultOverrideHours: 8,
      handoffNoticeMinutes: 0,
      seedDefaultSchedules: false,
      auditDays: 400,
      retentionDays: 400,
      ...more,
    });
  const registry = new Registry();
  const oncall = create(registry, settings);
  return {
    database,
    clock,
    notify,
    registry,
    oncall,
    port: oncall.port,
    another: (more = {}) => create(new Registry(), { ...settings, ...more }),
    async metric(name, labels = {}) {
      const found = await registry.getSingleMetric(name)?.get();
      const wanted = Object.entries(labels);
      const value = found?.values.find((each) =>
        wanted.every(([label, text]) => (each.labels as Record<string, unknown>)[label] === text),
      );
      return value?.value ?? 0;
    },
  };
}
