import { SPOKEN_TEXT, spokenCode, spokenText } from './voiceSpeech';

test.each([
  ['[HIGH] checkout_api: 95% of cards are declined', 'HIGH checkout api: 95 percent of cards are declined'],
  ['See https://wiki.example/r?a=1&b=2 now', 'See a link now'],
  ['one\r\n\r\ntwo', 'one. two'],
  ['a & b <c> "d" `e`', 'a and b less than c more than d e'],
  ['latency >= 5 s, errors <= 3', 'latency at least 5 s, errors at most 3'],
  ['🔥 disk\u0000 full\u202e', 'disk full'],
  ['Zürich, 東京', 'Zürich, 東京'],
  ['', ''],
])('%j is spoken as %j', (text, spoken) => {
  expect(spokenText(text)).toBe(spoken);
});

test('a long text is cut after a whole word', () => {
  const spoken = spokenText('words '.repeat(1_000));
  expect(spoken.length).toBeLessThanOrEqual(SPOKEN_TEXT);
  expect(spoken).toMatch(/words$/);
  expect(spokenText('x'.repeat(5_000))).toHaveLength(SPOKEN_TEXT);
});

test('a code is spoken one digit at a time', () => {
  expect(spokenCode('Your code is 402815. It is valid for 10 minutes.')).toBe(
    'Your code is 4, 0, 2, 8, 1, 5. It is valid for 10 minutes.',
  );
  expect(spokenCode('402815 is your code.')).toBe('4, 0, 2, 8, 1, 5, is your code.');
});
