import {
  type ActionEndpoint,
  type Answer,
  defineFormat,
  type FormatRequest,
  type FormatTools,
  type Reading,
  type Taken,
} from './format';
import { objectOf, oneAlert, readingOf, refused } from './oneAlert';
import { isRecord, textOf } from './read';

const ID = 'goalert';

/**
 * Reads a request of GoAlert's generic API: JSON, a form, or parameters of the query, which count if the body has no such field.
 * Every action but `close` opens an alert.
 * @throws Problem `invalid` that names the field
 */
export function readGoAlert({ body, query }: Pick<FormatRequest, 'body' | 'query'>): Reading {
  const sent = body === undefined ? {} : objectOf(body);
  const fieldOf = (name: string): unknown => sent[name] ?? query[name];
  const textIn = (name: string): string | undefined =>
    [fieldOf(name)]
      .flat()
      .map(textOf)
      .find((one) => one !== undefined);
  const [summary, details, dedup] = [textIn('summary'), textIn('details'), textIn('dedup')];
  const text = summary ?? details ?? dedup;
  if (text === undefined) throw refused('summary', 'Must be a text');
  const meta = metaOf(fieldOf('meta'));
  return readingOf(
    oneAlert({
      source: ID,
      key: dedup ?? keyOf(text, details),
      status: textIn('action')?.toLowerCase() === 'close' ? 'resolved' : 'firing',
      service: textOf(meta['service']),
      severity: textOf(meta['severity']),
      message: text,
      labels: meta,
      ...(details !== undefined && details !== text && { annotations: { description: details } }),
    }),
  );
}

/**
 * The key of an alert without `dedup`. Uptime Kuma sends none, and its texts differ when a monitor is down and up, but each begins
 * with the name of the monitor in brackets.
 */
function keyOf(summary: string, details: string | undefined): string {
  const [, monitor] = /^\[([^\]]{1,255})\] \[/.exec(summary) ?? [];
  return monitor ?? JSON.stringify([summary, details === summary ? null : (details ?? null)]);
}

/** An object, or texts such as `region=eu`. */
function metaOf(value: unknown): Record<string, unknown> {
  if (isRecord(value)) return value;
  const texts = [value].flat().filter((one) => typeof one === 'string');
  return Object.fromEntries(
    texts.flatMap((text) => {
      const at = text.indexOf('=');
      return at < 1 ? [] : [[text.slice(0, at).trim(), text.slice(at + 1).trim()]];
    }),
  );
}

/** 204, or the alert if the client asks for JSON. The number of an alert is GoAlert's `AlertID`. */
async function answer({ alertIds, events }: Taken, { headers }: FormatRequest, tools: FormatTools): Promise<Answer> {
  const [id, event] = [alertIds[0], events[0]];
  if (headers.accept !== 'application/json' || id === undefined || event === undefined)
    return { status: 204, body: undefined };
  await tools.records.change(id, event.key, (fields) => ({ fields }));
  const record = await tools.records.of(id);
  return {
    status: 200,
    body: { AlertID: record?.number ?? 0, ServiceID: tools.integration.id, IsNew: record?.alert.count === 1 },
  };
}

const heartbeat: ActionEndpoint = {
  name: 'heartbeat',
  summary: 'GoAlert, heartbeat of the integration',
  method: 'POST',
  path: '/heartbeat',
  vendors: [{ path: '/api/v2/heartbeat/:key', credential: { in: 'path' } }],
  async perform(tools) {
    await tools.heartbeats.pingOwn();
    return { status: 204, body: undefined };
  },
};

const TRY = `curl '{origin}/api/v2/generic/incoming?token={key}' \\
  -d summary='A test from the command line' -d dedup=test-1`;

const END = `curl '{origin}/api/v2/generic/incoming?token={key}' \\
  -d action=close -d dedup=test-1`;

const sample = { summary: 'Disk of db1 is 95% full', details: 'Volume /var/lib', dedup: 'disk-db1' };

/** GoAlert's generic API and its heartbeat monitors. */
export const goalert = defineFormat({
  id: ID,
  title: 'GoAlert',
  hint: 'For tools that post to the generic API of GoAlert, by JSON, forms or parameters: only host and token change.',
  source: 'https://github.com/target/goalert/blob/master/genericapi/handler.go',
  endpoints: [
    {
      summary: "GoAlert's generic API: an alert that opens or closes",
      method: 'POST',
      path: '',
      vendors: [{ path: '/api/v2/generic/incoming', credential: { in: 'query', name: 'token' } }],
      forms: true,
      read: readGoAlert,
      answer,
    },
    heartbeat,
  ],
  setup: [
    {
      id: 'url',
      title: 'Any tool',
      text: 'Replace the address of GoAlert.',
      code: '{origin}/api/v2/generic/incoming?token={key}',
    },
    {
      id: 'kuma',
      title: 'Uptime Kuma',
      text: 'Add a notification of the type GoAlert with this Base URL, and the key of the integration as Token.',
      code: '{origin}',
    },
    {
      id: 'heartbeat',
      title: 'Heartbeat',
      text: 'A POST to this URL is a ping of the heartbeat of this integration, which the first one creates.',
      code: '{origin}/api/v2/heartbeat/{key}',
    },
    { id: 'try', title: 'Try it', text: 'Opens an incident of medium severity.', code: TRY },
    { id: 'end', title: 'End it', text: 'Ends the alert with the same dedup.', code: END },
  ],
  samples: {
    firing: { body: { ...sample, meta: { service: 'ledger', region: 'eu' } } },
    resolved: { body: { ...sample, action: 'close' } },
    others: [{ endpoint: 'heartbeat' }],
    refused: [
      { field: '', body: [] },
      { field: 'summary', body: { action: 'close', summary: ' ' } },
    ],
  },
});
