import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A push service as browser vendors run one, and the browser behind it: it checks what they check (RFC 8030, RFC 8292) and
 * decrypts each message by the keys of its subscription (RFC 8291), without the library that the product encrypts with.
 */
export interface PushService {
  url: string;
  /** A new subscription in the spelling of an address. */
  subscribe(options?: { applicationServerKey?: string }): string;
  messages: Pushed[];
  /** The next answers, one each; `hang` never answers, `reset` closes the connection. Later messages are taken. */
  answer(...answers: PushAnswer[]): void;
  close(): Promise<void>;
}

export interface Pushed {
  /** The decrypted text. */
  text: string;
  bytes: number;
  ttl: number;
  urgency: string | undefined;
  topic: string | undefined;
  /** The claims of the signed token. */
  claims: { aud: string; exp: number; sub: string };
  applicationServerKey: string;
}

export type PushAnswer = 'hang' | 'reset' | { status: number; headers?: Record<string, string>; body?: string };

interface Browser {
  keys: ECDH;
  auth: Buffer;
  applicationServerKey: string | undefined;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    why: string,
  ) {
    super(why);
  }
}

const MOST_BYTES = 4_096;

/** @param origin where its clients reach it, if not at its own URL, as behind a proxy */
export async function pushService({ origin: before }: { origin?: string } = {}): Promise<PushService> {
  const browsers = new Map<string, Browser>();
  const messages: Pushed[] = [];
  let answers: PushAnswer[] = [];
  let origin = '';

  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const next = answers.shift();
      if (next === 'hang') return;
      if (next === 'reset') return void req.socket.destroy();
      if (next !== undefined) return void res.writeHead(next.status, next.headers).end(next.body ?? '');
      try {
        if (req.method !== 'POST') throw new Refusal(405, 'POST a message');
        const browser = browsers.get(req.url ?? '');
        if (browser === undefined) throw new Refusal(410, 'This subscription has ended');
        messages.push(received(browser, req.headers, Buffer.concat(chunks), origin));
        res.writeHead(201, { location: `${origin}/message/${messages.length}` }).end();
      } catch (error) {
        const { status = 400, message } = error as Partial<Refusal> & Error;
        res.writeHead(status).end(message);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  origin = before ?? url;
  return {
    url,
    messages,
    subscribe({ applicationServerKey } = {}) {
      const keys = createECDH('prime256v1');
      keys.generateKeys();
      const browser = { keys, auth: randomBytes(16), applicationServerKey };
      const path = `/send/${randomBytes(12).toString('base64url')}`;
      browsers.set(path, browser);
      const { auth } = browser;
      const own = { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') };
      return JSON.stringify({ endpoint: origin + path, keys: own });
    },
    answer: (...next) => {
      answers = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function received(browser: Browser, headers: IncomingHttpHeaders, body: Buffer, origin: string): Pushed {
  if (body.length > MOST_BYTES) throw new Refusal(413, 'The message is too large');
  const ttl = String(headers['ttl'] ?? '');
  if (!/^\d+$/.test(ttl)) throw new Refusal(400, 'TTL is missing');
  if (headers['content-encoding'] !== 'aes128gcm') throw new Refusal(415, 'Encrypt by aes128gcm');
  if (headers['content-type'] !== 'application/octet-stream') throw new Refusal(415, 'The body is no text');
  const urgency = one(headers['urgency']);
  if (urgency !== undefined && !/^(very-low|low|normal|high)$/.test(urgency)) throw new Refusal(400, 'Urgency');
  const topic = one(headers['topic']);
  if (topic !== undefined && !/^[\w-]{1,32}$/.test(topic)) throw new Refusal(400, 'Topic');
  const { claims, key } = authorized(one(headers['authorization']) ?? '', origin);
  if (browser.applicationServerKey !== undefined && key !== browser.applicationServerKey)
    throw new Refusal(403, 'The subscription belongs to another key');
  const text = decrypted(browser, body);
  return { text, bytes: body.length, ttl: Number(ttl), urgency, topic, claims, applicationServerKey: key };
}

const one = (header: string | string[] | undefined): string | undefined => [header].flat()[0];

const DAY_SECONDS = 86_400;

/** Checks the signed token of RFC 8292: `vapid t=<JWT>, k=<key>`. */
function authorized(header: string, origin: string): { claims: Pushed['claims']; key: string } {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(header) ?? [];
  const [head = '', content = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  if (point.length !== 65) throw new Refusal(401, 'The key is no point of P-256');
  const jwk = {
    ...{ kty: 'EC', crv: 'P-256' },
    ...{ x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') },
  };
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = Buffer.from(`${head}.${content}`);
  const by = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  if (
    JSON.parse(decodedText(head)).alg !== 'ES256' ||
    !verify('sha256', signed, by, Buffer.from(signature, 'base64url'))
  )
    throw new Refusal(401, 'The token is not signed by the key');
  const claims = JSON.parse(decodedText(content)) as Pushed['claims'];
  const left = claims.exp - Date.now() / 1_000;
  if (claims.aud !== origin) throw new Refusal(403, 'The token is for another push service');
  if (left <= 0 || left > DAY_SECONDS) throw new Refusal(403, 'The token is not valid now');
  if (!/^(mailto:\S+@\S+|https:\/\/\S+)$/.test(claims.sub)) throw new Refusal(403, 'BadJwtToken');
  return { claims, key };
}

const decodedText = (part: string): string => Buffer.from(part, 'base64url').toString('utf8');

/** Decrypts one record of RFC 8188 by the keys of the browser. */
function decrypted({ keys, auth }: Browser, body: Buffer): string {
  const salt = body.subarray(0, 16);
  const idLength = body[20] as number;
  const sender = body.subarray(21, 21 + idLength);
  const record = body.subarray(21 + idLength);
  if (record.length > body.readUInt32BE(16)) throw new Refusal(400, 'More than one record');
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender]);
  const secret = derived(keys.computeSecret(sender), auth, info, 32);
  const cek = derived(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derived(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', cek, nonce);
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  if (padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Refusal(400, 'The delimiter is missing');
  return padded.subarray(0, end).toString('utf8');
}

const derived = (key: Buffer, salt: Buffer, info: Buffer, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, length));
