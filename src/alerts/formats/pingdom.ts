import { type AlertEvent, defineFormat, type Reading } from './format';
import { objectOf, oneAlert, readingOf, refused } from './oneAlert';
import { parseInstant, recordOf, textOf, textsOf } from './read';

const ID = 'pingdom';

/** The states of a check; a transaction check has words of its own. */
const STATES = new Map<string, AlertEvent['status']>([
  ['DOWN', 'firing'],
  ['FAILING', 'firing'],
  ['UP', 'resolved'],
  ['SUCCESS', 'resolved'],
]);

/**
 * Reads a webhook of Pingdom, version 1: the state of a check changed. Pingdom names no severity but an importance.
 * @throws Problem `invalid` that names the field
 */
export function readPingdom(body: unknown): Reading {
  const fields = objectOf(body);
  const key = textOf(fields['check_id']);
  if (key === undefined) throw refused('check_id', 'Must be the number of the check');
  const status = STATES.get(textOf(fields['current_state'])?.toUpperCase() ?? '');
  if (status === undefined) throw refused('current_state', 'Must be DOWN, UP, FAILING or SUCCESS');
  const name = textOf(fields['check_name']);
  const params = recordOf(fields['check_params']);
  const hostname = textOf(params['hostname']);
  const tags = textsOf(fields['tags']).join(',');
  const at = parseInstant(fields['state_changed_timestamp']);
  const said = textOf(fields['long_description']) ?? textOf(fields['description']);
  return readingOf(
    oneAlert({
      ...{ source: ID, key, status, service: name, severity: textOf(fields['importance_level']) },
      message: [name ?? hostname ?? 'A check', said ?? (status === 'firing' ? 'is down' : 'is up')].join(': '),
      labels: { type: fields['check_type'], hostname, ...(tags !== '' && { tags }) },
      link: { href: params['full_url'], text: 'Checked page' },
      ...{ startedAt: at, endedAt: at },
    }),
  );
}

const sample = (previous_state: string, current_state: string, at: number, long_description: string) => ({
  ...{ check_id: 12345, check_name: 'Checkout', check_type: 'HTTP', tags: ['shop'], previous_state, current_state },
  check_params: {
    basic_auth: false,
    encryption: true,
    full_url: 'https://shop.example/checkout',
    hostname: 'shop.example',
  },
  ...{ importance_level: 'HIGH', state_changed_timestamp: at, long_description, description: long_description },
  ...{ first_probe: { ip: '192.0.2.1', location: 'Frankfurt' }, version: 1 },
});

/** The webhook integration of Pingdom. */
export const pingdom = defineFormat({
  id: ID,
  title: 'Pingdom',
  hint: 'Uptime and transaction checks. The service is the name of the check.',
  source: 'https://www.pingdom.com/resources/webhooks/',
  endpoints: [
    {
      summary: "Pingdom's webhook: a check that is down or up",
      method: 'POST',
      path: '',
      read: ({ body }) => readPingdom(body),
    },
  ],
  setup: [
    {
      id: 'webhook',
      title: 'Pingdom',
      text: 'Add an integration of the type Webhook with this URL, and choose it at each check.',
      code: '{url}',
    },
  ],
  samples: {
    firing: { body: sample('UP', 'DOWN', 1760262663, 'HTTP error 503') },
    resolved: { body: sample('DOWN', 'UP', 1760264463, 'OK') },
    refused: [
      { field: '', body: [] },
      { field: 'check_id', body: { current_state: 'DOWN' } },
      { field: 'current_state', body: { check_id: 1, current_state: 'PAUSED' } },
    ],
  },
});
