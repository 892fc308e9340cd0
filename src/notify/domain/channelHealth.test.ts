import { type ChannelRecord, type Observation, observed } from './channelHealth';

const START = Date.parse('2026-01-05T09:00:00Z');
const at = (second: number): Date => new Date(START + second * 1_000);

const UNTRIED: ChannelRecord = {
  state: 'untried',
  since: at(0),
  last_error: null,
  faults: 0,
  outage_since: null,
  restored_at: null,
  suspects: [],
  unanswered: [],
};

type Step = [second: number, health: Observation['health'], recipient?: string];

/** Plays observations in order; `restored` holds the seconds at which a recovery was announced. */
function played(...steps: Step[]): { record: ChannelRecord; restored: number[] } {
  let record = UNTRIED;
  const restored: number[] = [];
  for (const [second, health, recipient = 'ada'] of steps) {
    const seen = { health, recipient, reason: health === 'working' ? null : 'timeout', now: at(second) };
    const next = observed(record, seen);
    record = next.after;
    if (next.restored) restored.push(second);
  }
  return { record, restored };
}

/** The given steps again and again, three seconds apart. */
const turns = (count: number, ...steps: ['working' | 'failing' | 'suspect', string][]): Step[] =>
  Array.from({ length: count * steps.length }, (_, n) => {
    const [health, recipient] = steps[n % steps.length] as (typeof steps)[number];
    return [n * 3, health, recipient];
  });

test('one recipient that hangs is no fault of the channel, however often it is tried', () => {
  const { record } = played(...turns(10, ['suspect', 'ada']));
  expect(record).toMatchObject({ state: 'untried', faults: 0, outage_since: null });
});

test('different recipients that hang in a row are a fault of the channel', () => {
  const { record } = played([0, 'working', 'joe'], [3, 'suspect', 'ada'], [6, 'suspect', 'joe']);
  expect(record).toMatchObject({ state: 'failing', since: at(6), last_error: 'timeout' });
});

test('a message that is accepted in between keeps two hanging recipients from being a row', () => {
  const { record, restored } = played(...turns(10, ['suspect', 'ada'], ['working', 'joe'], ['suspect', 'eva']));
  expect([record.state, restored]).toEqual(['working', []]);
});

test('two recipients that hang again and again fail the channel once, because others show that it works', () => {
  const { record, restored } = played(
    ...turns(200, ['suspect', 'ada'], ['suspect', 'eva'], ['working', 'joe']).map(
      ([second, ...rest]): Step => [second * 10, ...rest],
    ),
  );
  expect([record.state, record.faults, restored]).toEqual(['working', 0, []]);
});

test('a recipient that is accepted again counts as any other', () => {
  const { record } = played(
    [0, 'suspect', 'ada'],
    [1, 'working', 'joe'],
    [2, 'working', 'ada'],
    [3, 'suspect', 'joe'],
    [4, 'suspect', 'ada'],
  );
  expect(record.state).toBe('failing');
});

test('an outage is announced as over by the first success', () => {
  const { record, restored } = played([0, 'failing'], [5, 'failing'], [20, 'working'], [21, 'working']);
  expect(restored).toEqual([20]);
  expect(record).toMatchObject({ state: 'working', since: at(20), last_error: null, outage_since: null });
});

test('an outage that only one attempt met is announced as over if it lasted a minute', () => {
  expect(played([0, 'failing'], [60, 'working']).restored).toEqual([60]);
});

test('a single fault that passes within a minute is no outage', () => {
  const { record, restored } = played(...turns(10, ['failing', 'ada'], ['working', 'ada']));
  expect([record.state, restored]).toEqual(['working', []]);
});

test('a channel that fails and recovers all the time announces it every five minutes at most', () => {
  const { restored } = played(...turns(100, ['failing', 'ada'], ['failing', 'ada'], ['working', 'ada']));
  expect(restored).toEqual([6, 312, 618]);
});

test('a recovery within five minutes of the last one is announced by the first success after them', () => {
  const { restored } = played(
    ...([
      [0, 'failing'],
      [1, 'failing'],
      [10, 'working'],
      [20, 'failing'],
      [21, 'failing'],
      [30, 'working'],
      [309, 'working'],
      [310, 'working'],
      [900, 'working'],
    ] as Step[]),
  );
  expect(restored).toEqual([10, 310]);
});

test('the kept recipients are bounded', () => {
  const steps = Array.from({ length: 200 }, (_, n): Step => [n, 'suspect', `person-${n}`]);
  const { record } = played(...steps, [300, 'working', 'joe']);
  expect([record.suspects.length, record.unanswered.length]).toEqual([0, 50]);
});
