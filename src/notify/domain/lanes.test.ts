import { laneOf } from './lanes';

const page = { severity: 'high', outcome: null, audience: 'person' };

test.each([
  ['the first attempt at a page of high severity', page, 0, 'fresh'],
  [
    'the first attempt at a message to a room of critical severity',
    { ...page, severity: 'critical', audience: 'room' },
    0,
    'fresh',
  ],
  ['a retry of a page of high severity', page, 1, 'high'],
  ['a page of medium severity', { ...page, severity: 'medium' }, 0, 'low'],
  ['a notice', { ...page, outcome: 'resolved' }, 0, 'low'],
  ['a message that a user wrote', { ...page, audience: 'direct' }, 0, 'low'],
  ['a message without a severity', { ...page, severity: null }, 0, 'low'],
])('%s waits in the right lane', (_, row, attempts, lane) => {
  expect(laneOf(row, attempts)).toBe(lane);
});
