import { isReserved, lookOf } from './names';

test.each([
  ['case', 'Admin', 'admin'],
  ['a full-width letter', 'ａdmin', 'admin'],
  ['a Cyrillic letter', '\u0430dmin', 'admin'],
  ['a Greek letter', 'r\u03bfot', 'root'],
  ['a zero-width space', 'ad\u200bmin', 'admin'],
  ['a direction mark', 'ad\u202emin', 'admin'],
  ['a ligature', '\ufb01nn', 'finn'],
  ['letters that look like one', 'rnax', 'max'],
  ['a digit', 'b0b', 'bob'],
  ['spaces', 'on\u00a0 call', 'on call'],
  ['a composed letter', 'jose\u0301', 'jos\u00e9'],
])('%s does not make a different name (%s)', (_what, given, known) => {
  expect(lookOf(given)).toBe(lookOf(known));
});

test('names that look different stay different', () => {
  const names = ['ann', 'anna', 'anne', 'jose', 'josé', '李雷', '韩梅梅', 'мария', 'ada 1', 'ada 2'];
  expect(new Set(names.map(lookOf)).size).toBe(names.length);
});

test.each(['system', 'SYSTEM', 's\u0443stem', 'anonymous', 'api-gateway', 'notify', 'environment key 1'])(
  '%s is reserved',
  (name) => expect(isReserved(name)).toBe(true),
);

test('ordinary names are not reserved', () => {
  for (const name of ['ada', 'systems', 'grafana', 'on call phone', 'first key']) expect(isReserved(name)).toBe(false);
});
