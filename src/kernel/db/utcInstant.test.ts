import { types } from 'pg';
import { utcInstant } from './utcInstant';

const readByPg: (text: string) => Date = types.getTypeParser(types.builtins.TIMESTAMPTZ);

test.each([
  '2026-01-05 09:00:00+00',
  '2026-12-31 23:59:59.9+00',
  '2024-02-29 00:00:00.05+00',
  '1000-01-01 00:00:00.123+00',
  '9999-12-31 23:59:59.999999+00',
])('reads %s as pg does', (text) => {
  expect(utcInstant(text)).toEqual(readByPg(text));
});

test.each([
  '0001-01-01 00:00:00+00',
  '12026-01-05 09:00:00+00',
  '2026-01-05 09:00:00+05:30',
  '2026-01-05 09:00:00-03',
  '0044-03-15 00:00:00+00 BC',
  'infinity',
])('leaves %s to the general reader', (text) => {
  expect(utcInstant(text)).toBeNull();
});
