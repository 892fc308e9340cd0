import { applyRoute, type RouteActions } from './applyRoute';
import { groupKeyOf, groupText } from './groupKey';
import type { Subject } from './matcherIndex';

const report = (over: Partial<Subject> = {}): Subject => ({
  ...{ service: 'shop', severity: 'high', message: 'Disk full', source: 'api', integration: '', labels: {} },
  ...over,
});
const routed = (subject: Subject, actions: Partial<RouteActions>, id = 'rule-1'): Subject =>
  applyRoute({ id, name: id, routing: actions as RouteActions }, subject);
const keyOf = (subject: Subject, fingerprint = 'f') => groupText(groupKeyOf(subject, fingerprint), subject);
const byLabels = (...labels: string[]) => ({ group_by: { kind: 'labels', labels } as const });

test('a report without a route has the key of its service and severity', () => {
  expect(groupKeyOf(report(), 'f')).toEqual({ key: null, by_severity: true, per_owner: false });
  expect(keyOf(report())).toBe('high|shop');
});

test('window, room and paging change no key', () => {
  const given = routed(report(), { window_minutes: 5, page: false, room: 'slack:ops' });
  expect(keyOf(given)).toBe('high|shop');
});

test('each kind of group holds what it names and nothing else', () => {
  const one = report({ labels: { cluster: 'a' } });
  const other = report({ service: 'pay', severity: 'low', labels: { cluster: 'a', pod: '1' } });
  const same = (actions: Partial<RouteActions>, prints = ['f', 'g']) =>
    keyOf(routed(one, actions), prints[0]) === keyOf(routed(other, actions), prints[1]);
  expect(same(byLabels('cluster'))).toBe(true);
  expect(same(byLabels('cluster', 'pod'))).toBe(false);
  expect(same({ group_by: { kind: 'rule' } })).toBe(true);
  expect(same({ group_by: { kind: 'service' } })).toBe(false);
  expect(same({ group_by: { kind: 'fingerprint' } })).toBe(false);
  expect(same({ group_by: { kind: 'fingerprint' } }, ['f', 'f'])).toBe(true);
});

test('an absent label counts as empty, and a value cannot pass for another label', () => {
  const key = (labels: Record<string, string>) => keyOf(routed(report({ labels }), byLabels('a', 'b')));
  expect(key({})).toBe(key({ a: '', b: '' }));
  expect(key({ a: 'b' })).not.toBe(key({ b: 'b' }));
});

test('team, policy and the rule that groups are part of the key', () => {
  const by = byLabels('cluster');
  const keys = [
    keyOf(routed(report(), by)),
    keyOf(routed(report(), by, 'rule-2')),
    keyOf(routed(report(), { ...by, team: 'a' })),
    keyOf(routed(report(), { ...by, policy: 'a' })),
    keyOf(routed(report(), { team: 'a' })),
    keyOf(routed(report(), { team: 'b' })),
    keyOf(routed(report(), { team: 'a', policy: 'b' })),
    keyOf(routed(report({ severity: 'low' }), { team: 'a' })),
    keyOf(report()),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOf(routed(report(), { team: 'a' }, 'x'))).toBe(keyOf(routed(report(), { team: 'a' }, 'y')));
});

test('without a team, a group over several services also depends on the owner of the service', () => {
  const perOwner = (actions: Partial<RouteActions>) => groupKeyOf(routed(report(), actions), 'f').per_owner;
  expect(perOwner(byLabels('cluster'))).toBe(true);
  expect(perOwner({ group_by: { kind: 'rule' } })).toBe(true);
  expect(perOwner({ ...byLabels('cluster'), team: 'a' })).toBe(false);
  expect(perOwner({ group_by: { kind: 'service' } })).toBe(false);
  expect(perOwner({ policy: 'a' })).toBe(false);
});
