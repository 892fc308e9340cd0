import { changesOf, factsLine, looksSame, type ShownState, statusLine } from './incidentMessage';

const FIRST = { message: '[HIGH] Disk full', severity: 'high' };
const state = (over: Partial<ShownState> = {}): ShownState => ({
  ...{ title: 'Disk full', service: 'db', status: 'open', by: null },
  ...over,
});

test('a message that was sent before the state was known looks like an open incident', () => {
  expect(looksSame(null, state({ text: FIRST.message, severity: 'high', alerts: 1 }), FIRST)).toBe(true);
});

test.each<Partial<ShownState>>([
  { status: 'acknowledged' },
  { by: 'Ann' },
  { severity: 'critical' },
  { text: '[HIGH] Disk full\n\nsda1' },
  { assigned_to: 'Bob' },
  { escalated_to: 'Bob (step 2)' },
  { alerts: 2 },
])('%j looks different', (change) => {
  expect(looksSame(state(), state(change), FIRST)).toBe(false);
});

test('what was not known before did not change', () => {
  expect(changesOf(null, state({ assigned_to: 'Ann', severity: 'high', alerts: 1 }), FIRST)).toEqual([]);
});

test('a reopened incident is a change, an acknowledgement is not', () => {
  expect(changesOf(state({ status: 'resolved' }), state(), FIRST)).toEqual(['Reopened']);
  expect(changesOf(state(), state({ status: 'acknowledged', by: 'Ann' }), FIRST)).toEqual([]);
});

test.each<[Partial<ShownState>, Partial<ShownState>, string[]]>([
  [{ alerts: 1 }, { alerts: 2, newest_alert: 'x' }, ['Alert joined: x (2 in all)']],
  [{ alerts: 2 }, { alerts: 5, newest_alert: 'x' }, ['3 alerts joined, the newest: x (5 in all)']],
  [{ alerts: 5 }, { alerts: 5, newest_alert: 'x' }, []],
  [{}, { alerts: 9, newest_alert: 'x' }, ['Alert joined: x (9 in all)']],
])('of alerts %j then %j the thread says %j', (before, after, lines) => {
  expect(changesOf(state(before), state(after), FIRST)).toEqual(lines);
});

test('the line of the state names who and when', () => {
  const at = { by: 'Ann', since: '2026-01-05T03:12:59.000Z' };
  expect(statusLine(state({ status: 'acknowledged', ...at }))).toBe('Acknowledged by Ann at 03:12 UTC');
  expect(statusLine(state({ status: 'resolved', by: null }))).toBe('Resolved');
  expect(statusLine(state(at))).toBeNull();
});

test('the line of the facts leaves out an assignee who acted', () => {
  expect(factsLine(state({ status: 'acknowledged', by: 'Ann', assigned_to: 'Ann' }))).toBeNull();
  expect(factsLine(state({ assigned_to: 'Bob', alerts: 3 }))).toBe('Assigned to Bob · 3 alerts');
});
