import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';

/**
 * HTTP requests to other hosts. A target that a user has entered is **guarded** against SSRF: only public addresses are
 * allowed, in any notation and after name resolution. A target from the environment is **trusted**: the operator set it.
 * Redirects are not followed, the answer is limited, and every request has a deadline.
 */
export interface OutgoingRequest {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Deadline of the whole exchange, from name resolution to the last byte of the answer. */
  timeoutMs: number;
  /** The URL comes from the environment. */
  trusted: boolean;
  /** How many bytes of the answer are read; 64 KiB if absent. */
  answerBytes?: number;
}

export interface Answer {
  status: number;
  /** A response header, by its lower-case name. */
  header(name: string): string | undefined;
  /** The beginning of the answer: 64 KiB, if the request asks for no other limit. */
  body: string;
}

/** Why a request got no answer. It contains no address. */
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
  /** Sends a request. Never rejects: a failure is a value. */
  send(request: OutgoingRequest): Promise<Answer | { failure: OutgoingFailure }>;
  /** Whether a URL of any scheme names an address that users may not enter, without a look-up of its name. */
  refusesUrl(url: string): boolean;
  /** Opens a guarded TCP connection, for protocols other than HTTP. @throws Error with the code `ADDRESS_REFUSED`, or of the socket */
  dial: Dial;
  close(): Promise<void>;
}

/** Connects to a host and a port within a time in milliseconds. */
export type Dial = (host: string, port: number, timeoutMs: number) => Promise<Socket>;

const BODY_LIMIT = 64 * 1024;
const CONNECTIONS_PER_ORIGIN = 32;
const KEPT_ALIVE_MS = 10_000;

class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

/**
 * A client for outgoing requests.
 * @param allow private addresses and CIDR blocks that users may enter
 * @throws Error if one of them is neither
 */
export function outgoing(allow: readonly string[]): Outgoing {
  const pool = { connections: CONNECTIONS_PER_ORIGIN, keepAliveTimeout: KEPT_ALIVE_MS };
  const passes = addressFilter(allow);
  const guarded = new Agent({ ...pool, connect: guardedConnector(passes) });
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
    refusesUrl(url) {
      const named = URL.canParse(url) ? literalOf(new URL(url).hostname) : '';
      const host = LOCAL_NAME.test(named) ? '127.0.0.1' : named;
      return isIP(host) !== 0 && !passes(host);
    },
    dial: guardedDial(passes),
    async close() {
      await Promise.all([guarded.destroy(), trusting.destroy()]);
    },
  };
}

/** Whether a text is an http(s) URL with a host. */
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
    body: await beginningOf(response.body, sent.answerBytes ?? BODY_LIMIT),
  };
}

async function beginningOf(body: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the stream, and so ends an answer without an end.
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8').toWellFormed().replaceAll('\0', '');
}

type Filter = (address: string) => boolean;

/** Accepts public unicast addresses and those that the operator allows. IPv4-mapped IPv6 addresses are treated as IPv4. */
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

/** An IPv6 address without its brackets; other hosts stay as they are. */
const literalOf = (host: string): string => host.replace(/^\[|\]$/g, '');
const LOCAL_NAME = /(^|\.)localhost\.?$/i;

/** Checks literal addresses here, because they are not passed to `lookup`. */
function guardedConnector(passes: Filter): buildConnector.connector {
  const connect = buildConnector({ lookup: guardedLookup(passes), timeout: 10_000 });
  return (options, callback) => {
    const literal = literalOf(options.hostname);
    if (isIP(literal) !== 0 && !passes(literal)) return callback(new AddressRefused('refused'), null);
    connect(options, callback);
  };
}

const guardedDial =
  (passes: Filter): Dial =>
  (host, port, timeoutMs) =>
    new Promise((resolve, reject) => {
      const literal = literalOf(host);
      if (isIP(literal) !== 0 && !passes(literal)) return reject(new AddressRefused('refused'));
      const socket = connect({ host: literal, port, lookup: guardedLookup(passes) });
      const late = () => socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' }));
      socket.setTimeout(timeoutMs, late).once('error', reject);
      socket.once('connect', () => {
        socket.setTimeout(0).off('timeout', late).off('error', reject);
        resolve(socket);
      });
    });

/** Connects to the addresses that were checked, so that a second lookup cannot return others (DNS rebinding). */
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

/** The failure for an error of a socket or of undici. */
export function outgoingFailureOf(error: unknown): OutgoingFailure {
  const { name = '', code = '', errors = [] } = error as { name?: string; code?: unknown; errors?: unknown[] };
  for (const [pattern, failure] of FAILURES) {
    if (pattern.test(String(code)) || pattern.test(name)) return failure;
  }
  // All addresses of a name failed: use the first error.
  return errors.length > 0 ? outgoingFailureOf(errors[0]) : 'unreachable';
}
