import { concerning } from './eventFilter';

const about = concerning('i-1');
const told = (subject: string, data: Record<string, unknown> = {}) => about({ subject, data });

test('a fact concerns the incident that it is about, and those that it names', () => {
  expect(told('i-1')).toBe(true);
  expect(told('n-1', { incident_id: 'i-1' })).toBe(true);
  expect(told('i-2', { incident_id: 'i-2' })).toBe(false);
});

test('what alerts do to many incidents is told once, by the first of them', () => {
  const joined = [{ incident_id: 'i-2', alerts: 1 }, { incident_id: 'i-1', alerts: 4 }, null];
  expect(told('i-2', { incidents: joined })).toBe(true);
  expect(told('i-2', { incidents: joined.slice(0, 1) })).toBe(false);
  expect(told('i-2', { incidents: ['i-2', 'i-1'] })).toBe(true);
});

test('of more incidents than a fact has room for, any may be one', () => {
  expect(told('i-2', { incidents: Array.from({ length: 50 }, (_, n) => `other-${n}`) })).toBe(true);
});
