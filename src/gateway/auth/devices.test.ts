import type { Response } from 'express';
import { days, minutes } from '../../kernel/clock';
import { isDeviceOf, rememberDevice } from './devices';

const NOW = new Date('2026-01-05T09:00:00.000Z');
const SECRET = 'a secret key of the test';
const after = (ms: number): Date => new Date(NOW.getTime() + ms);

/** The value of the cookie that a login of `username` sets. */
function cookieOf(username: string, secretKey = SECRET): string {
  let value = '';
  const res = { cookie: (_name: string, given: string) => (value = given) } as unknown as Response;
  rememberDevice(res, 'https://tocsin.example', secretKey, username, NOW);
  return value;
}

const account = { username: 'Ada', created_at: NOW };

test('a browser that logged in is a device of the account, in any case of letters, for 180 days', () => {
  expect(isDeviceOf(cookieOf('ada'), SECRET, account, after(days(180) - 1))).toBe(true);
  expect(isDeviceOf(cookieOf('ada'), SECRET, account, after(days(180)))).toBe(false);
});

test('a device of a deleted user is none of a later user with the name', () => {
  expect(isDeviceOf(cookieOf('ada'), SECRET, { ...account, created_at: after(1) }, after(minutes(1)))).toBe(false);
});

test.each([
  ['of another account', cookieOf('eve')],
  ['with another signature', cookieOf('ada', 'another secret key')],
  ['with a changed end', cookieOf('ada').replace(/[.](?=\d)/, '.9')],
  ['without content', ''],
])('a cookie %s proves nothing', (_what, cookie) => {
  expect(isDeviceOf(cookie, SECRET, account, after(minutes(1)))).toBe(false);
});
