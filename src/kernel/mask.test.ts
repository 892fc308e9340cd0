import * as fc from 'fast-check';
import { atOnce } from './async/steps';
import { masked, maskedSteps, maskPhonesOf, maskText, maskUrlsOf } from './mask';

beforeAll(() => {
  maskUrlsOf(['webhook', 'hook']);
  maskPhonesOf(['sms', 'voice']);
});

const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'].join('.');
const SECRET = 'Zm9vYmFyYmF6cXV4'.repeat(2);

test.each([
  ['user and password', `postgres://ada:${SECRET}@db.example/x`, 'postgres://…@db.example/x'],
  ['a user alone', `https://${SECRET}@host.example/`, 'https://…@host.example/'],
  ['Slack', `see https://hooks.slack.com/services/T0/B0/${SECRET}.`, 'see https://hooks.slack.com/…'],
  ['a room', `webhook:https://chat.example/hooks/${SECRET}`, 'webhook:https://chat.example/…'],
  ['a room on another channel', `hook:https://chat.example/${SECRET}`, 'hook:https://chat.example/…'],
  ['a phone as a room', 'told sms:+4915123456789 and voice:+15550100', 'told sms:+49…89 and voice:+15…00'],
  ['a query with the longest name', `?${'x'.repeat(40)}access_key=${SECRET}`, `?${'x'.repeat(40)}access_key=…`],
  ['a query', `https://x.example/a?b=1&access_token=${SECRET}&c=2`, 'https://x.example/a?b=1&access_token=…&c=2'],
  ['a ping key', `GET https://x.example/ping/${SECRET}/backup/start`, 'GET https://x.example/ping/…/backup/start'],
  ['a header', `Authorization: Bearer ${SECRET}`, 'Authorization: Bearer …'],
  ['our own key', `tck_${SECRET}`, 'tck_…'],
  ['a key of an integration', `/api/v1/integrations/tin_${SECRET}/x`, '/api/v1/integrations/tin_…/x'],
  ['a key of GitHub', `ghp_${SECRET}`, 'ghp_…'],
  ['a JSON Web Token', `token ${JWT}!`, 'token eyJ…!'],
])('%s is masked', (_what, text, shown) => expect(maskText(text)).toBe(shown));

test.each([
  'https://runbooks.example/disk?service=web#step-2',
  'ana@example.com',
  'https://web.example/ping/health',
  'webhook:ops',
  'see:https://runbooks.example/disk',
  'slack:ops-team',
  'task-force met at 10:30',
  'http://grafana:3000/d/abc/node?var-host=web-1',
  'basic health_check-failed on web_01',
])('%s stays as it is', (text) => expect(maskText(text)).toBe(text));

test('masking keeps only the host of a webhook address, at any depth', () => {
  const notification = { channel: 'webhook', recipient: `https://chat.example/${SECRET}?x=1`, message: 'm' };
  const page = { notifications: [notification, { channel: 'email', recipient: 'ana@example.com' }], at: new Date(0) };
  expect(masked(page)).toEqual({
    notifications: [
      { ...notification, recipient: 'https://chat.example/…' },
      { channel: 'email', recipient: 'ana@example.com' },
    ],
    at: new Date(0),
  });
  expect(page.notifications[0]).toBe(notification);
});

test('a value without secrets is returned uncopied', () => {
  const value = { a: ['b', { c: 'd' }], n: 1, nothing: null };
  expect(masked(value)).toBe(value);
});

/** Parts of secrets, and texts around them. */
const PARTS = [
  ...['://', '@', 'a', '-', '_', '.', '?', '&key=', 'eyJ', '&access_token=', 'Basic ', 'tck_', 'tin_', 'ghp_', 'sk-'],
  ...[
    'github_pat_',
    'glpat-',
    'xoxb-',
    'sk_live_',
    'whsec_',
    'SG.',
    'AIza',
    `AKIA${'0123456789ABCDEF'}`,
    '/ping/',
    ' ',
  ],
  ...['webhook:https://', 'https://hooks.slack.com/', '\n', '"', SECRET, JWT, '2026-01-05T09:00:00.000Z'],
];
const suspiciousText = fc.array(fc.constantFrom(...PARTS), { maxLength: 8 }).map((parts) => parts.join(''));

test('a text without a suspicious part contains nothing to mask', () => {
  void fc.assert(
    fc.property(suspiciousText, (text) => {
      expect(maskText(text)).toBe(maskText(`eyJ\n${text}`).slice('eyJ\n'.length));
    }),
    { numRuns: 2_000 },
  );
});

describe('masking in steps', () => {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      suspiciousText,
      fc.constantFrom(7, null, true, undefined, new Date(0)),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(suspiciousText, tie('tree'), { maxKeys: 4 }),
      fc.record({ channel: fc.constantFrom('webhook', 'email', 'hook'), recipient: suspiciousText, more: tie('tree') }),
    ),
  }));

  test('gives the same result as at once, for any large value', () => {
    void fc.assert(
      fc.property(tree, fc.integer({ min: 1, max: 600 }), (value, count) => {
        const many = Array.from({ length: count }, () => value);
        const text = typeof value === 'string' ? many.join('\n') : JSON.stringify(many);
        const large = { channel: 'hook', address: `https://h.example/${text}`, text, many, deep: [[{ many }]] };
        expect(atOnce(maskedSteps(large))).toEqual(masked(large));
        expect(atOnce(maskedSteps(text))).toBe(maskText(text));
      }),
      { numRuns: 60 },
    );
  });

  test('returns a large value without secrets uncopied', () => {
    const value = {
      rows: Array.from({ length: 5_000 }, (_, n) => ({ n, at: '2026-01-05T09:00:00.000Z' })),
      last: null,
    };
    expect(atOnce(maskedSteps(value))).toBe(value);
  });

  test.each([
    ['list', Array.from({ length: 5_000 }, () => ({ a: JWT }))],
    ['object', Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`field ${n}`, JWT]))],
    ['text', `${JWT}\n`.repeat(5_000)],
  ])('can be interrupted often in a large %s', (_what, value) => {
    expect([...maskedSteps(value)].length).toBeGreaterThan(20);
  });
});

test('masking 50,000 characters takes less than 500 ms for any repeated pattern', () => {
  const piece = fc.constantFrom(
    '://',
    '@',
    'a',
    '-',
    '_',
    '.',
    '?',
    '&key=',
    'eyJ',
    'webhook:https://',
    'Bearer ',
    ' ',
    'token',
  );
  void fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (unit) => {
      const text = unit.join('').repeat(50_000).slice(0, 50_000);
      const began = performance.now();
      maskText(text);
      expect(performance.now() - began).toBeLessThan(500);
    }),
    { numRuns: 60 },
  );
});
