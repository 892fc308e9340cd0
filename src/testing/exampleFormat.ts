import { type AlertEvent, type Answer, defineFormat, type FormatRequest } from '../alerts/formats/format';
import { clip, clipLabels, firstText, isRecord, parseInstant } from '../alerts/formats/read';
import { severityOf } from '../alerts/formats/severity';
import { invalid, type Problem } from '../kernel/ports/problem';

/**
 * The format of a fictional tool. It uses everything that a format can declare: two operations, vendor paths with the key
 * in the body and in a header, a path parameter, and its own statuses, answers and errors.
 */

function readEvent({ body }: FormatRequest): { events: AlertEvent[] } {
  if (!isRecord(body)) throw invalid([{ path: '', message: 'The body must be a JSON object' }]);
  const key = firstText(body['dedup_key']);
  if (key === undefined) throw invalid([{ path: 'dedup_key', message: 'Must be a text' }]);
  const { payload } = body;
  if (!isRecord(payload)) throw invalid([{ path: 'payload', message: 'Must be an object' }]);
  const timestamp = parseInstant(payload['timestamp'])?.toISOString();
  const report = {
    service: clip(firstText(payload['component'])?.trim().toLowerCase() ?? 'example', 255),
    ...severityOf(payload['severity']),
    message: clip(firstText(payload['summary']) ?? 'An event without a summary', 2_000),
    labels: isRecord(payload['custom_details']) ? clipLabels(payload['custom_details']) : {},
    source: 'example',
    ...(timestamp !== undefined && { timestamp }),
  };
  const expiresAt = parseInstant(payload['expires_at']);
  return { events: [{ key, status: 'firing', endedAt: null, report, ...(expiresAt && { expiresAt }) }] };
}

function readAcknowledgement({ params }: FormatRequest): { events: AlertEvent[] } {
  const [closed] = readClose({ params } as FormatRequest).events as [AlertEvent];
  return { events: [{ ...closed, status: 'acknowledged' }] };
}

function readClose({ params }: FormatRequest): { events: AlertEvent[] } {
  const key = params['alias'] as string;
  const report = { service: 'example', severity: 'low' as const, message: 'Closed', labels: {}, source: 'example' };
  return { events: [{ key, status: 'resolved', endedAt: null, report }] };
}

const refuse = ({ detail, extra, status }: Problem): Answer => ({
  status: status === 422 ? 400 : status,
  body: { status: 'invalid event', message: detail, errors: extra['errors'] ?? [] },
});

const event = {
  event_action: 'trigger',
  dedup_key: 'disk-db1',
  payload: {
    summary: 'Disk is full on db1',
    component: 'ledger',
    severity: 'critical',
    timestamp: '2026-03-02T08:49:13.741Z',
    custom_details: { host: 'db1' },
  },
};

export const example = defineFormat({
  id: 'example',
  title: 'Example Pager',
  hint: 'A tool that exists in this test alone.',
  source: 'https://example.com/events-api',
  endpoints: [
    {
      name: 'enqueue',
      summary: 'Send an event',
      method: 'POST',
      path: '/v2/enqueue',
      vendors: [{ path: '/v2/example', credential: { in: 'body', field: 'routing_key' } }],
      largest: 512 * 1024,
      read: readEvent,
      answer: ({ events }) => ({ status: 202, body: { status: 'success', dedup_key: events[0]?.key } }),
      refuse,
    },
    {
      name: 'close',
      summary: 'Close an alert',
      method: 'POST',
      path: '/v2/alerts/:alias/close',
      vendors: [
        {
          path: '/v2/example/:alias/close',
          credential: { in: 'header', name: 'Authorization', scheme: 'ExampleKey' },
        },
      ],
      read: readClose,
      answer: ({ requestId, counts }) => ({
        status: 202,
        headers: { 'X-Request-Id': requestId },
        body: { result: counts.resolved > 0 ? 'Closed' : 'There is no open alert', requestId },
      }),
      refuse,
    },
    {
      name: 'acknowledge',
      summary: 'Acknowledge an alert',
      method: 'POST',
      path: '/v2/alerts/:alias/acknowledge',
      vendors: [{ path: '/v2/example/:alias/acknowledge', credential: { in: 'authorization' } }],
      read: readAcknowledgement,
      refuse,
    },
  ],
  setup: [
    {
      id: 'server',
      title: 'Example Pager',
      text: 'Set the URL of the events and the key.',
      file: 'pager.ini',
      code: 'events = {url}/v2/enqueue\nserver = {origin}\nkey = {key}',
    },
  ],
  samples: {
    firing: { body: event },
    resolved: { endpoint: 'close', params: { alias: 'disk-db1' }, body: {} },
    others: [{ endpoint: 'acknowledge', params: { alias: 'disk-db1' }, body: {} }],
    refused: [
      { field: '', body: 'trigger' },
      { field: 'dedup_key', body: { ...event, dedup_key: 7 } },
      { field: 'payload', body: { ...event, payload: [] } },
    ],
  },
});
