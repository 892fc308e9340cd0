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
      '`POST <url>/v2/alerts/:alias/acknowledge` | Example Pager | ' +
      '<https://example.com/events-api> |',
  );
});
