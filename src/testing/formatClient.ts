import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FormatId } from '../alerts/contract';
import type { Endpoint, Format, Sample } from '../alerts/formats/format';
import { isRecord } from '../alerts/formats/read';
import { Problem } from '../kernel/ports/problem';
import type { AlertsHarness } from './alerts';
import { someone } from './http';

/** Sends requests of any bytes to integrations over HTTP, and shows what they stored. */
export interface FormatClient {
  /** Creates an integration with a name of its own. */
  integration(format: Format): Promise<FormatIntegration>;
  close(): void;
}

export interface FormatIntegration {
  id: string;
  /** Sends a body to the endpoint of a sample; undefined sends none. */
  send(sample: Sample, body: string | Buffer | undefined): Promise<VendorAnswer>;
  alerts(): Promise<Record<string, unknown>[]>;
  state(): Promise<State>;
}

/** What the requests of all integrations stored, and how many of this one were refused. */
export interface State {
  /** Changes if a request changes an alert, a change, a heartbeat or a vendor's record. */
  stored: string;
  rejections: number;
  /** The reason of the last rejection; null if there was none. */
  reason: string | null;
  /** How many rejected payloads are kept. */
  kept: number;
}

export interface VendorAnswer {
  status: number;
  type: string;
  text: string;
  /** The parsed JSON; undefined if the text is not JSON. */
  body: unknown;
}

/** Tables that only requests write, not what follows from them later. */
const TABLES = [
  'alert_texts',
  'alert_reports',
  'changes',
  'heartbeats',
  'heartbeat_pings',
  'truncated_groups',
  'vendor_records',
  'vendor_log',
];
const ALERTS =
  "(select concat_ws(':', count(*), sum(count), sum(revision), count(ended_at), count(acknowledged_at)) from alerts)";
const STORED = TABLES.map((name) => `(select count(*) || ':' || coalesce(max(xmin::text::bigint), 0) from ${name})`);
const STATE = `select concat_ws(' ', ${[ALERTS, ...STORED].join(', ')}) as stored, rejections::int, last_rejection as reason,
  (select count(*)::int from rejected_payloads where integration_id = integrations.id) as kept
  from integrations where id = ?`;

const admin = someone({ actor: 'root', role: 'admin' });

/** A client of the module in `harness`. */
export async function formatClient(harness: AlertsHarness): Promise<FormatClient> {
  const server = createServer(harness.app()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { db } = harness.database;
  let serial = 0;
  return {
    async integration(format) {
      const input = { name: `Bad input ${++serial}`, format: format.id as FormatId };
      const { id, url } = await harness.alerts.port.createIntegration(input, admin);
      const base = origin + new URL(url).pathname;
      return {
        id,
        send: (sample, body) => send(base, endpointOf(format, sample), sample, body),
        alerts: () => db('alerts').where({ integration_id: id }).orderBy('id'),
        state: async () => (await db.raw(STATE, [id])).rows[0],
      };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function send(
  base: string,
  { method, path }: Endpoint,
  { params = {}, query = {} }: Sample,
  body: string | Buffer | undefined,
): Promise<VendorAnswer> {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? 'x'));
  const answer = await fetch(`${base}${filled}?${new URLSearchParams(query)}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && method !== 'GET' && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The endpoint of a sample. */
export const endpointOf = ({ endpoints }: Format, { endpoint }: Sample): Endpoint =>
  endpoints.find(({ name }) => endpoint === undefined || name === endpoint) as Endpoint;

/** Samples of a format that have a body, one for each way in which its endpoints read one. */
export function samplesWithBody(format: Format): Sample[] {
  const { firing, resolved, others = [] } = format.samples;
  const byReader = new Map<unknown, Sample>();
  for (const sample of [firing, resolved, ...others]) {
    const { read, perform } = endpointOf(format, sample);
    if (sample.body !== undefined && !byReader.has(read ?? perform)) byReader.set(read ?? perform, sample);
  }
  return [...byReader.values()];
}

/**
 * The fault of an answer: a status of the server's own failure, or an error in another form than that of the vendor. Null if
 * it has none. Overload (503) is allowed.
 */
export function faultOf({ status, type, text, body }: VendorAnswer, { refuse, read }: Endpoint): string | null {
  if (status >= 500 && status !== 503) return `status ${status}: ${text.slice(0, 200)}`;
  if (status < 400) return null;
  if (refuse === undefined) {
    const isProblem = type.startsWith('application/problem+json') && isRecord(body) && body['status'] === status;
    return isProblem ? null : `an error of another form: ${type} ${text.slice(0, 200)}`;
  }
  // Some vendors answer a text if they took a part of a list.
  if (read !== undefined && typeof body === 'string') return null;
  const shown = refuse(new Problem('malformed', 'x'), 'x').body as object;
  const missing = Object.keys(shown).filter((name) => !isRecord(body) || !Object.hasOwn(body, name));
  return missing.length === 0 ? null : `an error without ${missing.join(', ')}: ${text.slice(0, 200)}`;
}
