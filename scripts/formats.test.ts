import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { example } from '../src/testing/exampleFormat';
import { formatsPage } from './formats';

test('docs/formats.md lists the formats as they are', () => {
  expect(readFileSync(join(__dirname, '../docs/formats.md'), 'utf8')).toBe(formatsPage());
});

test('the page of formats shows each request, and the place of the key in vendor paths', () => {
  expect(formatsPage([example]).split('\n').at(-2)).toBe(
    '| `example` Example Pager | A tool that exists in this test alone. | `POST <url>/v2/enqueue`<br>' +
      '`POST /v2/example` (key: field `routing_key`)<br>`POST <url>/v2/alerts/:alias/close`<br>' +
      '`POST /v2/example/:alias/close` (key: header `Authorization: ExampleKey <key>`)<br>' +
      '`POST <url>/v2/alerts/:alias/acknowledge`<br>`POST /v2/example/:alias/acknowledge` ' +
      '(key: as bearer token, or in basic authentication) | Example Pager | ' +
      '<https://example.com/events-api> |',
  );
});

test('many paths below one prefix of the vendor are one line', () => {
  const line = formatsPage()
    .split('\n')
    .find((row) => row.startsWith('| `opsgenie`'));
  expect(line).toContain('the same below `<server>` instead of `<url>` (key: header `Authorization: GenieKey <key>`)');
  expect(line).toContain('the same below `<server>/jsm/ops/integration` instead of `<url>`');
  expect(line).not.toContain('`POST /v2/alerts`');
});
