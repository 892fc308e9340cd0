import { bundleText } from './words';

const pages = (...services: (string | null)[]) =>
  services.map((service, n) => ({ incident_id: `i${n}`, message: `[HIGH] ${service}: fault ${n}\nmore`, service }));

test('the first line counts the incidents and names the service of most', () => {
  const text = bundleText(pages('payments', 'search', 'payments'));
  expect(text.split('\n')).toEqual([
    '3 more incidents, 2 of payments',
    '[HIGH] payments: fault 0',
    '[HIGH] search: fault 1',
    '[HIGH] payments: fault 2',
  ]);
});

test('if all concern one service, no number is repeated', () => {
  expect(bundleText(pages('payments', 'payments'))).toMatch(/^2 more incidents of payments\n/);
  expect(bundleText(pages('payments', 'search'))).toMatch(/^2 more incidents\n/);
  expect(bundleText(pages(null, null))).toMatch(/^2 more incidents\n/);
});

test('two pages of one incident are one line, and a long list is cut', () => {
  const one = pages('payments')[0]!;
  expect(bundleText([one, one])).toBe('1 more incident of payments\n[HIGH] payments: fault 0');
  const lines = bundleText(pages(...Array.from({ length: 30 }, () => 'payments'))).split('\n');
  expect([lines.length, lines.at(-1)]).toEqual([22, 'and 10 more']);
});
