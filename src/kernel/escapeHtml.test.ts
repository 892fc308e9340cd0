import { escapeHtml } from './escapeHtml';

test('the five special characters of HTML become entities', () => {
  expect(escapeHtml(`<a href="x">it's A & B</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;it&#39;s A &amp; B&lt;/a&gt;');
});

test('an entity is escaped like other text', () => {
  expect(escapeHtml('&lt;')).toBe('&amp;lt;');
});
