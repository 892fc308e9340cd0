import { invalid } from '../../kernel/ports/problem';
import { defineFormat, type FormatRequest, type Reading } from './format';
import { eventOf } from './jsonEvent';
import { itemsIn } from './jsonNames';

const MOST_ITEMS = 1_000;

/**
 * Reads any JSON: by the mapping of the integration, which was evaluated before (`mapped`), and by usual names of fields.
 * @throws Problem `invalid` for a body without content, or with too many alerts
 */
export function readJson({ body, mapped }: FormatRequest): Reading {
  if (body === undefined || body === null) throw invalid([{ path: '', message: 'The body must hold JSON' }]);
  if (mapped !== undefined) return { events: mapped.map(({ item, values }) => eventOf(item, values)) };
  const items = itemsIn(body);
  if (items.length > MOST_ITEMS) throw invalid([{ path: '', message: `At most ${MOST_ITEMS} alerts` }]);
  return { events: items.map((item) => eventOf(item, {})) };
}

const TRY = `curl -X POST '{url}' \\
  -H 'Content-Type: application/json' \\
  -d '{"service":"checkout","severity":"info","title":"A test from the command line",
       "key":"test-1","status":"firing","url":"https://wiki.example/test"}'`;

const END = `curl -X POST '{url}' \\
  -H 'Content-Type: application/json' \\
  -d '{"service":"checkout","key":"test-1","status":"resolved"}'`;

/** A payload of an imaginary tool. */
const sample = (state: string) => ({
  event: { id: 81_224, state, at: '2026-03-02T08:54:01.741Z' },
  check_id: 'disk-db1',
  title: 'Disk of db1 is 95% full',
  service: 'Ledger',
  priority: 'P1',
  details: 'Volume /var/lib holds 190 of 200 GB.',
  runbook: 'https://wiki.example/disk',
  tags: ['storage', 'eu-1'],
});

export const json = defineFormat({
  id: 'json',
  title: 'Generic JSON',
  hint: 'Every tool that posts JSON of its own. Choose the fields of an alert by a click in a received payload.',
  source: 'https://docs.jsonata.org/overview.html',
  endpoints: [
    {
      summary: 'Report alerts as JSON of any form',
      method: 'POST',
      path: '',
      mapped: true,
      read: readJson,
    },
  ],
  setup: [
    {
      id: 'try',
      title: 'Try it',
      text: 'Opens an incident of low severity for a service called checkout. Any other JSON opens one, too.',
      code: TRY,
    },
    { id: 'end', title: 'End it', text: 'Ends the alert with the same key.', code: END },
  ],
  samples: {
    firing: { body: sample('firing') },
    resolved: { body: sample('ok') },
    refused: [{ field: '', body: null }],
  },
});
