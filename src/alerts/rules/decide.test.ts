import fc from 'fast-check';
import { type CompiledMute, type CompiledRule, decide } from './decide';
import { compileMatcher, parseMatchers } from './matcher';
import { indexOf, matchesAll, type Subject } from './matcherIndex';
import { compileDuring } from './ruleHours';

const NOW = new Date('2026-03-02T12:00:00Z');
let serial = 0;
const id = () => `00000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`;

const report = (over: Partial<Subject> = {}): Subject => ({
  ...{ service: 'shop', severity: 'high', message: 'Disk full', source: 'api', integration: '', labels: {} },
  ...over,
});
const matchers = (text: string) => parseMatchers(text).map(compileMatcher);
const rule = (when: string, over: Partial<CompiledRule> = {}): CompiledRule => ({
  ...{ id: id(), name: `when ${when}`, matchers: matchers(when), appliesAt: () => true },
  ...{ set: {}, routing: null, drop: false, stop: false },
  ...over,
});
const mute = (when: string, minutes: number | null, over: Partial<CompiledMute> = {}): CompiledMute => ({
  ...{ id: id(), cause: 'silence', name: when, version: 1, matchers: matchers(when) },
  endAt: () => (minutes === null ? null : new Date(NOW.getTime() + minutes * 60_000)),
  ...over,
});
const run = (subject: Subject, rules: CompiledRule[], mutes: CompiledMute[] = []) =>
  decide(subject, { rules: indexOf(rules), mutes: indexOf(mutes) }, NOW);

test('without rules and mutes a report stays the same object', () => {
  const given = report();
  const verdict = run(given, []);
  expect(verdict).toEqual({ subject: given, decision: [], mute: null, droppedBy: null });
  expect(verdict.subject).toBe(given);
});

test('each rule sees what the rules before it set, also if it is indexed by that field', () => {
  const { subject, decision } = run(report({ labels: { env: 'staging' } }), [
    rule('severity="low"', { set: { title: 'too early' } }),
    rule('env="staging"', { set: { severity: 'low' }, name: 'Staging is quiet' }),
    rule('severity="low"', { set: { service: 'quiet-$service', labels: { was: `\${severity}` } } }),
    rule('service="quiet-shop"', { set: { title: '$env: $message $$' } }),
  ]);
  expect(subject).toEqual(
    report({
      severity: 'low',
      service: 'quiet-shop',
      message: 'staging: Disk full $',
      labels: { env: 'staging', was: 'low' },
    }),
  );
  expect(decision.map((entry) => entry.stage === 'rule' && entry.did)).toEqual([
    'set severity low',
    `set service quiet-$service, set label was=\${severity}`,
    'set title $env: $message $$',
  ]);
});

test('a rule runs once, even if it changes what it matches', () => {
  const { decision } = run(report(), [rule('service=~".*shop"', { set: { service: 'x$service' } })]);
  expect(decision).toHaveLength(1);
});

test('`stop` ends the list, and a drop ends everything', () => {
  const stopped = run(report(), [
    rule('service="shop"', { stop: true }),
    rule('service="shop"', { set: { severity: 'low' } }),
  ]);
  expect(stopped.subject.severity).toBe('high');
  const dropped = run(report(), [rule('severity="high"', { drop: true, name: 'Noise' })], [mute('service="shop"', 5)]);
  expect(dropped).toMatchObject({
    droppedBy: { name: 'Noise' },
    mute: null,
    decision: [{ stage: 'rule', did: 'drop' }],
  });
});

test('a template that gives nothing leaves the field, and an empty label is removed', () => {
  const { subject } = run(report({ labels: { a: 1 } }), [
    rule('a="1"', { set: { service: '$none', labels: { a: '' } } }),
  ]);
  expect(subject).toEqual(report());
});

test('of several mutes the one that ends last counts, and the decision says which', () => {
  const late = mute('service="shop"', 30, { cause: 'window', name: 'Move', version: 4 });
  const { mute: counted, decision } = run(
    report(),
    [],
    [mute('severity="high"', 10), late, mute('service="other"', 90)],
  );
  expect(counted).toEqual({ id: late.id, version: 4, until: new Date('2026-03-02T12:30:00Z') });
  expect(decision).toEqual([
    { stage: 'mute', by: 'window', id: late.id, name: 'Move', until: '2026-03-02T12:30:00.000Z' },
  ]);
});

test('mutes match the report after the rules, and one that does not apply now mutes nothing', () => {
  const rules = [rule('service="shop"', { set: { service: 'store' } })];
  expect(run(report(), rules, [mute('service="shop"', 5)]).mute).toBeNull();
  expect(run(report(), rules, [mute('service="store"', 5)]).mute).not.toBeNull();
  expect(run(report(), [], [mute('service="shop"', null)]).mute).toBeNull();
});

test('names win over labels, and labels are compared as text', () => {
  const subject = report({ labels: { service: 'label', n: 1, up: true } });
  expect(matchesAll(matchers('service="shop",n="1",up="true",integration=""'), subject)).toBe(true);
});

test('the index finds exactly the items whose matchers match', () => {
  const word = fc.constantFrom('a', 'b', 'c', '');
  const matcher = fc.tuple(
    fc.constantFrom('x', 'y', 'service'),
    fc.constantFrom('=', '!=', '=~', '!~'),
    fc.constantFrom('a', 'a|b', 'b', '', '.*'),
  );
  const items = fc.array(fc.array(matcher, { minLength: 1, maxLength: 3 }), { maxLength: 12 });
  const subject = fc.record({ service: word, labels: fc.dictionary(fc.constantFrom('x', 'y'), word) });
  fc.assert(
    fc.property(items, subject, (lists, given) => {
      const all = lists.map((list) => ({
        matchers: list.map(([name, operator, value]) => compileMatcher({ name, operator: operator as '=', value })),
      }));
      const index = indexOf(all);
      const reported = report(given);
      const matching = (places: readonly number[]) =>
        places.filter((place) => matchesAll(all[place]!.matchers, reported));
      expect(matching(index.candidates(reported))).toEqual(matching(all.map((_, place) => place)));
    }),
  );
});

test('`during` follows local time, over midnight and clock changes', () => {
  const open = compileDuring({
    time_zone: 'Europe/Berlin',
    restrictions: [
      { days: ['fri'], from: '22:00', to: '06:00' },
      { from: '12:00', to: '12:30' },
    ],
  });
  expect(open(new Date('2026-03-06T20:59:00Z'))).toBe(false);
  expect(open(new Date('2026-03-06T21:00:00Z'))).toBe(true);
  expect(open(new Date('2026-03-07T04:59:59Z'))).toBe(true);
  expect(open(new Date('2026-03-07T05:00:00Z'))).toBe(false);
  expect(open(new Date('2026-03-08T04:00:00Z'))).toBe(false);
  expect(open(new Date('2026-07-08T10:15:00Z'))).toBe(true);
  expect(compileDuring(null)(NOW)).toBe(true);
});

test('rules set where a report goes, and say what they set', () => {
  const actions: CompiledRule['routing'] = {
    ...{ team: 'team-$env', policy: 'database', window_minutes: 30, page: false, room: 'slack:#ops' },
    group_by: { kind: 'labels', labels: ['env', 'host'] },
  };
  const { subject, decision } = run(report({ labels: { env: 'prod' } }), [
    rule('env="prod"', { routing: actions, name: 'Routes' }),
    rule('env="prod"', { routing: { page: true, team: '$absent' }, name: 'Pages' }),
  ]);
  expect(subject.route).toMatchObject({
    ...{ team: 'team-prod', policy: 'database', by: { kind: 'rule', name: 'Routes' }, window_minutes: 30 },
    ...{ not_paged_by: null, room: 'slack:#ops' },
  });
  expect(decision.map((entry) => entry.stage === 'rule' && entry.did)).toEqual([
    'set team team-prod, set policy database, group by env, host, window 30 min, page no one, post to slack:#ops',
    'page',
  ]);
});
