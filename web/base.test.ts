import { withBase, withoutBase } from './base';

test.each([
  ['/tocsin', '/incidents?status=open', '/tocsin/incidents?status=open'],
  ['/tocsin', '/', '/tocsin/'],
  ['/incidents', '/incidents/1', '/incidents/incidents/1'],
  ['', '/incidents', '/incidents'],
])('below "%s", %s is %s for the browser, and comes back from there', (base, inside, outside) => {
  expect(withBase(inside, base)).toBe(outside);
  expect(withoutBase(outside, base)).toBe(inside);
});

test.each(['https://example.com/x', '//example.com', '#main', 'mailto:a@example.com', 'webcal://host/x'])(
  '%s leads elsewhere and is left as it is',
  (href) => expect(withBase(href, '/tocsin')).toBe(href),
);

test('the prefix itself, with and without a query, is the first page; a longer name that starts with it is not below it', () => {
  const inside = ['/tocsin', '/tocsin?a=1', '/tocsinette'].map((path) => withoutBase(path, '/tocsin'));
  expect(inside).toEqual(['/', '/?a=1', '/tocsinette']);
});
