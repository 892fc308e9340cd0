import { concerning } from './eventFilter';

const about = concerning('i-1');
const concerns = (subject: string, data: Record<string, unknown> = {}) => about({ subject, data });

test('an event concerns its own incident and those that it names', () => {
  expect(concerns('i-1')).toBe(true);
  expect(concerns('n-1', { incident_id: 'i-1' })).toBe(true);
  expect(concerns('i-2', { incident_id: 'i-2' })).toBe(false);
});

test('an event about many incidents is used once, for the first of them', () => {
  const joined = [{ incident_id: 'i-2', alerts: 1 }, { incident_id: 'i-1', alerts: 4 }, null];
  expect(concerns('i-2', { incidents: joined })).toBe(true);
  expect(concerns('i-2', { incidents: joined.slice(0, 1) })).toBe(false);
  expect(concerns('i-2', { incidents: ['i-2', 'i-1'] })).toBe(true);
});

test('an event that names as many incidents as it can hold concerns every incident', () => {
  expect(concerns('i-2', { incidents: Array.from({ length: 50 }, (_, n) => `other-${n}`) })).toBe(true);
});
