import type { Problem } from '../../kernel/ports/problem';
import { readAnswer, readAttempt, signAnswer, signAttempt } from './tokens';

const KEY = 'a secret for the tests only';
const NOW = new Date('2026-01-05T09:00:00Z');
const token = {
  action: 'acknowledge' as const,
  incidentId: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
  person: { name: 'Maria', email: 'maria@example.com' },
  notificationId: '0e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
  pagedAt: 1_767_603_600,
  expires: 1_768_208_400,
};
const refusalOf = (text: string, now = NOW) => {
  try {
    return readAnswer(KEY, text, now);
  } catch (error) {
    return (error as Problem).kind;
  }
};

test('a token is read as it was signed, and is safe in a URL', () => {
  const text = signAnswer(KEY, token);
  expect(text).toMatch(/^[\w-]+\.[\w-]+$/);
  expect(readAnswer(KEY, text, NOW)).toEqual(token);
});

test.each([
  ['no token', ''],
  ['bytes', '\0\u{1f4a9}'],
  ['a cut one', signAnswer(KEY, token).slice(0, -1)],
  ['one with more parts', `${signAnswer(KEY, token)}.x`],
  ['one of another key', signAnswer('another key', token)],
  ['the id of an attempt', signAttempt(KEY, { notificationId: token.notificationId, attempt: 1 })],
])('%s is not valid', (_, text) => {
  expect(refusalOf(text)).toBe('not-found');
});

test('a token with other content but the same signature is not valid', () => {
  const [, signature] = signAnswer(KEY, token).split('.');
  const body = Buffer.from(JSON.stringify(['resolve', token.incidentId])).toString('base64url');
  expect(refusalOf(`${body}.${signature}`)).toBe('not-found');
});

test('an expired token is refused', () => {
  expect(refusalOf(signAnswer(KEY, token), new Date('2026-02-05T09:00:00Z'))).toBe('forbidden');
});

test('the id of an attempt is read as it was signed, and no answer counts as one', () => {
  const attempt = { notificationId: token.notificationId, attempt: 3 };
  expect(readAttempt(KEY, signAttempt(KEY, attempt))).toEqual(attempt);
  expect(readAttempt(KEY, signAnswer(KEY, token))).toBeNull();
});
