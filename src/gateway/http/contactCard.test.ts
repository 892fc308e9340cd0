import { cardText } from './contactCard';

const card = (over: Partial<Parameters<typeof cardText>[0]> = {}) =>
  cardText({ phones: ['+14155550100'], emails: ['tocsin@example.com'], url: 'https://tocsin.example.com', ...over });

test('holds each number and address, with the line ends that phones expect', () => {
  const text = card({ phones: ['+14155550100', '+14155550199'] });
  expect(text.split('\r\n')).toEqual([
    'BEGIN:VCARD',
    'VERSION:3.0',
    'N:Tocsin;;;;',
    'FN:Tocsin',
    'ORG:Tocsin',
    'TEL;TYPE=CELL:+14155550100',
    'TEL;TYPE=CELL:+14155550199',
    'EMAIL;TYPE=INTERNET:tocsin@example.com',
    'URL:https://tocsin.example.com',
    expect.stringMatching(/^NOTE:/),
    expect.stringMatching(/^ /),
    'END:VCARD',
    '',
  ]);
});

test('a value cannot add a line of its own', () => {
  const text = card({ emails: ['a;b,c\\d@example.com\r\nTEL:666'] });
  expect(text).toContain('EMAIL;TYPE=INTERNET:a\\;b\\,c\\\\d@example.com\\nTEL:666\r\n');
});

test('long lines are folded at 75 octets, between characters', () => {
  const text = card({ url: `https://tocsin.example.com/${'ü'.repeat(100)}` });
  const lines = text.split('\r\n');
  expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
  expect(text.replaceAll('\r\n ', '')).toContain('ü'.repeat(100));
});
