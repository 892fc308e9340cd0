import { type ConditionEvent, sequenceOf } from './sequence';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 30, 12, minute));
type Named = ConditionEvent & { name: string };
const event = (name: string, over: Partial<ConditionEvent>): Named => ({
  name,
  key: 'disk',
  status: 'firing',
  startedAt: null,
  endedAt: null,
  ...over,
});
const names = (...events: Named[]) =>
  Object.fromEntries(
    Object.entries<Named[]>({ ...sequenceOf(events, (one) => one) }).map(([step, list]) => [
      step,
      list.map(({ name }) => name),
    ]),
  );
const none = { before: [], firing: [], others: [], after: [] };

test('a resolve is applied after the firing event of its condition', () => {
  const ordered = names(event('f', {}), event('r', { status: 'resolved' }));
  expect(ordered).toEqual({ ...none, firing: ['f'], after: ['r'] });
});

test('a resolve that is listed first is applied afterwards if it ends the firing event', () => {
  const ordered = names(event('r', { status: 'resolved', endedAt: at(5) }), event('f', { startedAt: at(1) }));
  expect(ordered).toEqual({ ...none, firing: ['f'], after: ['r'] });
});

test.each([null, at(0)])(
  'a resolve that is listed first with the end %p belongs to an earlier occurrence',
  (endedAt) => {
    const ordered = names(event('r', { status: 'resolved', endedAt }), event('f', { startedAt: at(1) }));
    expect(ordered).toEqual({ ...none, before: ['r'], firing: ['f'] });
  },
);

test('an acknowledgement is applied after the firing event, in any order', () => {
  const ordered = names(event('a', { status: 'acknowledged' }), event('f', {}));
  expect(ordered).toEqual({ ...none, firing: ['f'], after: ['a'] });
});

test('events of conditions that do not fire in the request need not wait', () => {
  const ordered = names(event('f', {}), event('r', { key: 'cpu', status: 'resolved' }));
  expect(ordered).toEqual({ ...none, firing: ['f'], others: ['r'] });
});
