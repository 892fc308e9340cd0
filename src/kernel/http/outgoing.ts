import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';

/**
 * Requests that leave the house. A target that a user named is **guarded**: it may only be a public address, whatever
 * its spelling and whatever its name resolves to. A target from the environment is **trusted**: the operator meant it.
 * Redirects are not followed, answers are bounded, and every request has a deadline.
 */
export interface OutgoingRequest {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Deadline of the whole exchange, from the name's resolution to the last byte of the answer. */
  timeoutMs: number;
  trusted: boolean;
}

export interface Answer {
  status: number;
  /** A response header, by its lower-case name. */
  header(name: string): string | undefined;
  /** The first 64 KiB of the answer. */
  body: string;
}

/** Why nobody answered, in words that give away no address. */
export type OutgoingFailure =
  | 'address_refused'
  | 'timeout'
  | 'name_not_found'
  | 'connection_refused'
  | 'connection_lost'
  | 'tls_failed'
  | 'invalid_url'
  | 'unreachable';

export interface Outgoing {
  /** Never rejects: what went wrong is a value. */
  send(request: OutgoingRequest): Promise<Answer | { failure: OutgoingFailure }>;
  close(): Promise<void>;
}

const BODY_LIMIT = 64 * 1024;
const CONNECTIONS_PER_ORIGIN = 32;
const KEPT_ALIVE_MS = 10_000;

class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

/**
 * @param allow private addresses and CIDR blocks that users may name
 * @throws Error where one of them is neither
 */
export function outgoing(allow: readonly string[]): Outgoing {
  const pool = { connections: CONNECTIONS_PER_ORIGIN, keepAliveTimeout: KEPT_ALIVE_MS };
  const guarded = new Agent({ ...pool, connect: guardedConnector(addressFilter(allow)) });
  const trusting = new Agent(pool);
  return {
    async send(sent) {
      if (!isHttpUrl(sent.url)) return { failure: 'invalid_url' };
      try {
        return await exchange(sent, sent.trusted ? trusting : guarded);
      } catch (error) {
        return { failure: outgoingFailureOf(error) };
      }
    },
    async close() {
      await Promise.all([guarded.destroy(), trusting.destroy()]);
    },
  };
}

/** Whether a text is an http(s) URL with a host, and so can be a target at all. */
export function isHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
}

async function exchange(sent: OutgoingRequest, dispatcher: Dispatcher): Promise<Answer> {
  const response = await request(sent.url, {
    method: sent.method ?? 'POST',
    headers: { 'user-agent': 'Tocsin', ...sent.headers },
    body: sent.body ?? null,
    dispatcher,
    signal: AbortSignal.timeout(sent.timeoutMs),
  });
  const headers = response.headers;
  return {
    status: response.statusCode,
    header: (name) => [headers[name]].flat()[0],
    body: await beginningOf(response.body),
  };
}

async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the stream, and with it a connection that would feed us for ever.
    if (size >= BODY_LIMIT) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_LIMIT).toString('utf8').toWellFormed().replaceAll('\0', '');
}

type Filter = (address: string) => boolean;

/** Public unicast addresses pass, and those the operator allows. An IPv4 address in IPv6 dress is judged as IPv4. */
function addressFilter(allow: readonly string[]): Filter {
  const blocks = allow.map(blockOf);
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const ip = ipaddr.process(address);
    if (ip.range() === 'unicast') return true;
    return blocks.some(([base, bits]) => base.kind() === ip.kind() && ip.match(base, bits));
  };
}

function blockOf(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (isIP(text) === 0) throw new Error(`OUTGOING_ALLOW: ${text} is neither an address nor a CIDR block`);
  const base = ipaddr.process(text);
  return [base, base.kind() === 'ipv4' ? 32 : 128];
}

/** A guard in `lookup` alone would let literal addresses through, because nobody looks those up. */
function guardedConnector(passes: Filter): buildConnector.connector {
  const connect = buildConnector({ lookup: guardedLookup(passes), timeout: 10_000 });
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !passes(literal)) return callback(new AddressRefused('refused'), null);
    connect(options, callback);
  };
}

/** The connection goes to the very addresses that were judged, so a name cannot change its mind in between. */
const guardedLookup =
  (passes: Filter): LookupFunction =>
  (hostname: string, options: LookupOptions, callback: Parameters<LookupFunction>[2]) => {
    lookup(hostname, { ...options, all: true }, (error: Error | null, found: LookupAddress[]) => {
      if (error) return callback(error, []);
      const good = found.filter(({ address }) => passes(address));
      const [first] = good;
      if (first === undefined) return callback(new AddressRefused('refused'), []);
      if (options.all) callback(null, good);
      else callback(null, first.address, first.family);
    });
  };

const FAILURES: [pattern: RegExp, failure: OutgoingFailure][] = [
  [/^ADDRESS_REFUSED$/, 'address_refused'],
  [/^(TimeoutError|ABORT_ERR|ETIMEDOUT|UND_ERR_(\w+_TIMEOUT|ABORTED))$/, 'timeout'],
  [/^(ENOTFOUND|EAI_\w+|ENODATA)$/, 'name_not_found'],
  [/^ECONNREFUSED$/, 'connection_refused'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|HPE_\w+)$/, 'connection_lost'],
  [/^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_)/, 'tls_failed'],
  [/^(ERR_INVALID_URL|UND_ERR_INVALID_ARG)$/, 'invalid_url'],
];

/** What the sockets' error codes mean; shared with every channel that speaks to a server. */
export function outgoingFailureOf(error: unknown): OutgoingFailure {
  const { name = '', code = '', errors = [] } = error as { name?: string; code?: unknown; errors?: unknown[] };
  for (const [pattern, failure] of FAILURES) {
    if (pattern.test(String(code)) || pattern.test(name)) return failure;
  }
  // Several addresses were tried and each failed; the first says why.
  return errors.length > 0 ? outgoingFailureOf(errors[0]) : 'unreachable';
}
