import { recipientOf } from './reach';

const at = (recipient: string, email: string | null, channel = 'sms') => recipientOf({ channel, recipient, email });

test('the pages of two people at equal short addresses go to two places', () => {
  expect(at('+14…71', 'ann@example.com')).not.toBe(at('+14…71', 'bob@example.com'));
  expect(at('+14…71', 'ann@example.com')).toBe(at('+14…71', 'Ann@Example.com'));
});

test('the pages at one whole address go to one place', () => {
  expect(at('ops@example.com', 'ann@example.com', 'email')).toBe(at('ops@example.com', null, 'email'));
});
