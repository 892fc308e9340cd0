import { type Dependency, dependentsIn } from './dependents';

const dependency = (service: string, upstream: string): Dependency => ({ service, upstream, grace_seconds: 60 });

test('a chain: all services above depend on the lowest one', () => {
  const of = dependentsIn([dependency('web', 'api'), dependency('api', 'db'), dependency('other', 'queue')]);
  expect([of('db'), of('api'), of('web')]).toEqual([['api', 'web'], ['web'], []]);
});

test('a diamond: each service is found once', () => {
  const of = dependentsIn([
    ...[dependency('web', 'left'), dependency('web', 'right')],
    ...[dependency('left', 'db'), dependency('right', 'db')],
  ]);
  expect(of('db')).toEqual(['left', 'right', 'web']);
});

test('a cycle, which oncall refuses, ends', () => {
  const of = dependentsIn([dependency('a', 'b'), dependency('b', 'a')]);
  expect(of('a')).toEqual(['b']);
});
