import { type AlertEvent, defineFormat, type Reading } from './format';
import { objectOf, oneAlert, readingOf, refused } from './oneAlert';
import { firstText, isRecord, parseInstant, textOf } from './read';

type Fields = Record<string, unknown>;

const ID = 'uptime_kuma';

/** What the status of a heartbeat does to the alert. Pending (2) and maintenance (3) open and end nothing. */
const STATUSES = new Map<unknown, AlertEvent['status'] | null>([
  [0, 'firing'],
  [1, 'resolved'],
  [2, null],
  [3, null],
]);

/**
 * Reads a notification of Uptime Kuma. Without heartbeat and monitor it is a test or a certificate that expires soon; these
 * open nothing.
 * @throws Problem `invalid` that names the field
 */
export function readUptimeKuma(body: unknown): Reading {
  const fields = objectOf(body);
  const heartbeat = part(fields, 'heartbeat');
  const monitor = part(fields, 'monitor') ?? {};
  if (heartbeat === null) return readingOf(null);
  const status = STATUSES.get(heartbeat['status']);
  if (status === undefined) throw refused('heartbeat.status', 'Must be 0, 1, 2 or 3');
  return readingOf(status === null ? null : eventOf(status, heartbeat, monitor, fields['msg']));
}

/** A part of a notification; null if Uptime Kuma sends none. @throws Problem `invalid` that names the field */
function part(body: Fields, name: 'heartbeat' | 'monitor'): Fields | null {
  const value = body[name];
  if (value === null || isRecord(value)) return value;
  if (value === undefined && name === 'monitor') return null;
  throw refused(name, 'Must be an object or null');
}

function eventOf(status: AlertEvent['status'], heartbeat: Fields, monitor: Fields, said: unknown): AlertEvent {
  const name = textOf(monitor['name']);
  const time = parseInstant(heartbeat['time']);
  return oneAlert({
    ...{ source: ID, key: keyOf(heartbeat, monitor), status, service: name, labels: labelsOf(monitor) },
    message: messageOf(status, name, heartbeat['msg'], said),
    link: { href: monitor['url'], text: 'Monitored page' },
    ...{ startedAt: time, endedAt: time },
  });
}

/** The id of the monitor, which stays when its name changes; else what tells it from others. */
function keyOf(heartbeat: Fields, monitor: Fields): string {
  const id = [monitor['id'], heartbeat['monitorID']].find((one) => Number.isSafeInteger(one));
  return id === undefined ? (firstText(monitor['name'], monitor['url'], monitor['hostname']) ?? ID) : `${id}`;
}

/** Uptime Kuma fills an empty `heartbeat.msg` with N/A; the notification's own text says more then. */
function messageOf(status: AlertEvent['status'], name: string | undefined, msg: unknown, said: unknown): string {
  const reason = msg === 'N/A' ? undefined : firstText(msg);
  if (reason === undefined)
    return firstText(said) ?? `${name ?? 'A monitor'} is ${status === 'firing' ? 'down' : 'up'}`;
  return name === undefined ? reason : `${name}: ${reason}`;
}

/** Kind and host of the monitor, and its tags by name. */
function labelsOf({ type, hostname, tags }: Fields) {
  const tagged = Array.isArray(tags) ? tags.filter(isRecord) : [];
  const named = tagged.map((tag) => [firstText(tag['name']) ?? '', tag['value']] as const);
  return { ...Object.fromEntries(named), type: firstText(type), hostname: firstText(hostname) };
}

const TRY = `curl -X POST '{url}' \\
  -H 'Content-Type: application/json' \\
  -d '{"heartbeat":{"monitorID":0,"status":0,"msg":"A test from the command line"},
       "monitor":{"id":0,"name":"Checkout"},"msg":"[Checkout] [Down] A test"}'`;

/** A shortened notification of Uptime Kuma 2. */
const sample = (status: number, time: string, msg: string) => ({
  heartbeat: { monitorID: 29, status, time, msg, ping: null, important: true, duration: 60, retries: 1 },
  monitor: {
    id: 29,
    name: 'Checkout',
    url: 'https://shop.example/checkout',
    hostname: null,
    type: 'http',
    tags: [{ tag_id: 1, monitor_id: 29, name: 'team', value: 'blue', color: '#2563eb' }],
  },
  msg: `[Checkout] [${status === 0 ? '🔴 Down' : '✅ Up'}] ${msg}`,
});

/** The webhook notification of Uptime Kuma. */
export const uptimeKuma = defineFormat({
  id: ID,
  title: 'Uptime Kuma',
  hint: 'Monitors that are down. The service is the name of the monitor. Notices of expiring certificates open no alert.',
  source: 'https://github.com/louislam/uptime-kuma/blob/master/server/notification-providers/webhook.js',
  endpoints: [
    {
      summary: "Uptime Kuma's webhook: a monitor that is down or up",
      method: 'POST',
      path: '',
      forms: 'data',
      read: ({ body }) => readUptimeKuma(body),
    },
  ],
  setup: [
    {
      id: 'webhook',
      title: 'Uptime Kuma',
      text: 'Add a notification of the type Webhook with this Post URL; either preset of the request body will do.',
      code: '{url}',
    },
    {
      id: 'try',
      title: 'Try it',
      text: 'Opens an incident of medium severity for a service called checkout.',
      code: TRY,
    },
  ],
  samples: {
    firing: { body: sample(0, '2026-10-12 09:51:03.157', 'Request failed with status code 503') },
    resolved: { body: sample(1, '2026-10-12 10:21:03.157', '200 - OK') },
    refused: [
      { field: '', body: [] },
      { field: 'heartbeat', body: { msg: 'Checkout is down' } },
      { field: 'monitor', body: { heartbeat: { status: 0 }, monitor: 'Checkout' } },
      { field: 'heartbeat.status', body: { heartbeat: { monitorID: 29, status: 'down' }, monitor: null } },
    ],
  },
});
