import fc from 'fast-check';
import { minutes } from '../../kernel/clock';
import { SEVERITIES } from '../../kernel/ports/values';
import { compileRule } from '../rules/compile';
import type { CompiledMute, Configuration } from '../rules/decide';
import { indexOf } from '../rules/matcherIndex';
import { readMatchers } from '../rules/readMatchers';
import { type Compared, compare } from './comparison';
import type { Replayed } from './simulation';

const BEGAN = Date.parse('2026-01-05T09:00:00Z');
const SETTINGS = { windowMs: minutes(5), flapping: { changes: 4, windowMs: minutes(30) } };
const SERVICES = ['shop', 'search'];

/** An alert: when it begins and ends, in minutes, and its reports. */
interface Given {
  service: string;
  severity: (typeof SEVERITIES)[number];
  env: string;
  from: number;
  /** Minutes after the one before, each with its severity. */
  reports: { after: number; severity: (typeof SEVERITIES)[number] }[];
  ends: boolean;
  /** Of its condition; by default each alert has its own. */
  fingerprint?: string;
}

const rule = (when: string[], then: object, over: object = {}) =>
  compileRule({
    ...{ id: crypto.randomUUID(), name: 'rule', matchers: readMatchers(when, 'when'), during: null, stop: false },
    actions: { drop: false, set: {}, ...then } as never,
    ...over,
  });
const configured = (rules: ReturnType<typeof rule>[], mutes: CompiledMute[] = []): Configuration => ({
  rules: indexOf(rules),
  mutes: indexOf(mutes),
});

function eventsOf(given: readonly Given[]): Replayed[] {
  const events = given.flatMap(({ service, severity, env, from, reports, ends, fingerprint }, n): Replayed[] => {
    const of = { alert: `alert ${n}`, fingerprint: fingerprint ?? `f${n}`, kind: 'report' as const, count: 1 };
    const subject = { service, severity, message: 'Disk full', source: 'api', integration: '', labels: { env } };
    let at = BEGAN + minutes(from);
    const all: Replayed[] = [{ ...of, at, subject }];
    for (const report of reports) {
      at += minutes(report.after);
      all.push({ ...of, at, subject: { ...subject, severity: report.severity } });
    }
    return ends ? [...all, { ...of, at: at + minutes(1), kind: 'end', subject, count: 0 }] : all;
  });
  return events.sort((one, other) => one.at - other.at);
}

function compared(given: readonly Given[], current: Configuration, draft: Configuration): Compared {
  const comparison = compare(current, draft, SETTINGS);
  const events = eventsOf(given);
  for (const event of events) comparison.take(event, true);
  return comparison.finish((events.at(-1)?.at ?? BEGAN) + minutes(120));
}

const one = (over: Partial<Given> = {}): Given => ({
  ...{ service: 'shop', severity: 'high', env: 'prod', from: 0, reports: [], ends: false },
  ...over,
});
const severity = fc.constantFrom(...SEVERITIES);
const history = fc.array(
  fc.record({
    ...{ service: fc.constantFrom(...SERVICES), severity, env: fc.constantFrom('prod', 'dev', '') },
    ...{ from: fc.nat(120), ends: fc.boolean() },
    reports: fc.array(fc.record({ after: fc.integer({ min: 1, max: 20 }), severity }), { maxLength: 5 }),
  }),
  { maxLength: 12 },
);
const actions = fc.constantFrom<[string[], object]>(
  [['env="dev"'], { drop: true }],
  [['service="shop"'], { set: { severity: 'low' } }],
  [['severity="critical"'], { set: { service: 'search' } }],
  [['env=~"prod|dev"'], { threshold: { count: 2, within_minutes: 10 } }],
  [['service="search"'], { delay_minutes: 5 }],
  [['env=""'], { page: false }],
  [['severity=~".+"'], { group_by: { kind: 'service' }, window_minutes: 30 }],
);
const lists = fc.array(actions, { maxLength: 4 });
const rulesOf = (list: readonly [string[], object][]) => list.map(([when, then]) => rule(when, then));

test('a draft equal to the current rules changes nothing', () => {
  fc.assert(
    fc.property(history, lists, (given, list) => {
      const {
        missed,
        new: added,
        current,
        draft,
      } = compared(given, configured(rulesOf(list)), configured(rulesOf(list)));
      expect([missed, added]).toEqual([[], []]);
      expect(draft).toEqual(current);
    }),
  );
});

test('with a rule that drops everything, every page is missed', () => {
  fc.assert(
    fc.property(history, lists, (given, list) => {
      const all = rule(['severity=~".*"'], { drop: true });
      const {
        missed,
        new: added,
        current,
        draft,
        alerts,
      } = compared(given, configured(rulesOf(list)), configured([all]));
      expect(draft).toEqual({ incidents: 0, pages: 0, dropped: alerts, muted: 0, held: 0 });
      expect([added, missed.every(({ because }) => because === 'dropped')]).toEqual([[], true]);
      expect(current.pages > 0).toBe(missed.length > 0);
    }),
  );
});

test('swapping draft and current swaps missed and new pages', () => {
  fc.assert(
    fc.property(history, lists, lists, (given, some, others) => {
      const [first, second] = [configured(rulesOf(some)), configured(rulesOf(others))];
      const [ahead, back] = [compared(given, first, second), compared(given, second, first)];
      const ids = ({ missed, new: added }: Compared) =>
        [missed, added].map((list) => list.map(({ alert_id }) => alert_id));
      expect(ids(ahead)).toEqual(ids(back).reverse());
      expect([ahead.current, ahead.draft]).toEqual([back.draft, back.current]);
    }),
  );
});

test('every alert has one fate, and there are at least as many alerts as incidents', () => {
  fc.assert(
    fc.property(history, lists, (given, list) => {
      const { current, alerts } = compared(given, configured(rulesOf(list)), configured([]));
      const { incidents, dropped, muted, held } = current;
      expect(incidents + dropped + muted + held).toBeLessThanOrEqual(alerts);
    }),
  );
});

const draftOf = (given: Given[], ...rules: ReturnType<typeof rule>[]) =>
  compared(given, configured([]), configured(rules));

test('alerts that a draft groups share an incident, and the page of the second is missed', () => {
  const given = [one(), one({ severity: 'low', from: 1 })];
  const result = draftOf(given, rule(['service="shop"'], { group_by: { kind: 'service' } }));
  expect([result.current.incidents, result.draft.incidents]).toEqual([2, 1]);
  expect(result.missed).toMatchObject([{ alert_id: 'alert 1', because: 'joined', joined: 'alert 0', severity: 'low' }]);
});

test('an alert that ends within its delay pages no one', () => {
  const result = draftOf([one({ ends: true }), one({ from: 60 })], rule(['env="prod"'], { delay_minutes: 10 }));
  expect(result.missed).toMatchObject([{ alert_id: 'alert 0', because: 'held', decision: [{}, { stage: 'hold' }] }]);
  expect(result.draft).toMatchObject({ held: 1, pages: 1 });
});

test('a threshold releases all alerts that wait for it', () => {
  const threshold = { count: 3, within_minutes: 10 };
  const given = [one(), one({ from: 1 }), one({ from: 2 }), one({ service: 'search' })];
  const result = draftOf(given, rule(['env="prod"'], { threshold }));
  expect(result.draft).toMatchObject({ incidents: 1, pages: 1, held: 1 });
  expect(result.missed.map(({ alert_id, because }) => [alert_id, because])).toEqual([
    ['alert 0', 'joined'],
    ['alert 3', 'held'],
  ]);
  expect(result.new).toMatchObject([{ alert_id: 'alert 2' }]);
});

test('an alert that still fires when its mute ends pages then', () => {
  const until = new Date(BEGAN + minutes(30));
  const silence: CompiledMute = {
    ...{ id: 's', cause: 'silence', name: 'Quiet', version: 1, matchers: [] },
    endAt: (now) => (now < until ? until : null),
  };
  const given = [one(), one({ service: 'search', ends: true })];
  const { draft } = compared(given, configured([]), configured([], [silence]));
  expect(draft).toMatchObject({ pages: 1, muted: 1 });
});

test('a severity that rises pages again if the incident becomes urgent', () => {
  const given = [one({ severity: 'low', reports: [{ after: 1, severity: 'critical' }] })];
  const result = draftOf(given, rule(['severity="critical"'], { set: { severity: 'low' } }));
  expect([result.current.pages, result.draft.pages]).toEqual([2, 1]);
  expect(result.missed).toMatchObject([{ alert_id: 'alert 0', because: 'later' }]);
});

test('pages of an alert without complete history are not counted', () => {
  const comparison = compare(configured([]), configured([rule(['env="prod"'], { drop: true })]), SETTINGS);
  for (const event of eventsOf([one()])) comparison.take(event, false);
  expect(comparison.finish(BEGAN)).toMatchObject({
    alerts: 1,
    without_history: 1,
    missed_total: 0,
    current: { pages: 0 },
  });
});

/** Alerts of one condition, each a minute long. */
const flaps = (...from: number[]) => from.map((minute) => one({ from: minute, ends: true, fingerprint: 'same' }));

test('the fourth change of a condition makes it flap, and its next alerts join its incident without a page', () => {
  const { current } = draftOf(flaps(0, 2, 4, 6));
  expect(current).toMatchObject({ incidents: 2, pages: 2 });
});

test('a condition that has been quiet for the window opens a new incident', () => {
  expect(draftOf(flaps(0, 2, 4, 33)).current).toMatchObject({ incidents: 2, pages: 2 });
  expect(draftOf(flaps(0, 2, 4, 36)).current).toMatchObject({ incidents: 3, pages: 3 });
});

test('a condition that flaps counts as firing for a delay', () => {
  const delayed = rule(['env="prod"'], { delay_minutes: 6 });
  expect(draftOf(flaps(0, 2), delayed).draft).toMatchObject({ held: 1, pages: 1, incidents: 1 });
  expect(draftOf(flaps(0), delayed).draft).toMatchObject({ held: 1, pages: 0 });
});

test('a condition whose flapping alerts a rule drops does not flap', () => {
  expect(draftOf(flaps(0, 2, 4), rule(['env="prod"'], { drop: true })).draft).toMatchObject({ dropped: 3, pages: 0 });
});
