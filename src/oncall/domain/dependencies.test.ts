import fc from 'fast-check';
import { cycleOf, type Dependency } from './dependencies';

const dependency = (service: string, upstream: string): Dependency => ({ service, upstream, grace_seconds: 60 });

test('a chain and a diamond are no cycle', () => {
  const chain = [dependency('web', 'api'), dependency('api', 'db')];
  expect(cycleOf('shop', ['web', 'api', 'db'], chain)).toBeNull();
  expect(cycleOf('shop', ['left', 'right'], [dependency('left', 'db'), dependency('right', 'db')])).toBeNull();
});

test('a service that depends on itself is a cycle', () => {
  expect(cycleOf('web', ['web'], [])).toEqual(['web', 'web']);
});

test('the shortest cycle is named from the service back to itself', () => {
  const others = [dependency('a', 'b'), dependency('b', 'c'), dependency('c', 'web'), dependency('a', 'c')];
  expect(cycleOf('web', ['x', 'a'], others)).toEqual(['web', 'a', 'c', 'web']);
});

test('dependencies that are added one by one and form no cycle have an order', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const pair = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 30 }), (pairs) => {
      const graph = new Map<string, Set<string>>();
      const edges = () => [...graph].flatMap(([from, to]) => [...to].map((upstream) => dependency(from, upstream)));
      for (const [service, upstream] of pairs) {
        const own = [...(graph.get(service) ?? []), upstream];
        const others = edges().filter((edge) => edge.service !== service);
        if (cycleOf(service, own, others) === null) graph.set(service, new Set(own));
      }
      let left = edges();
      while (left.length > 0) {
        const needing = new Set(left.map((edge) => edge.service));
        const rest = left.filter(({ upstream }) => needing.has(upstream));
        expect(rest.length).toBeLessThan(left.length);
        left = rest;
      }
    }),
  );
});
