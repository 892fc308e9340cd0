import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { xmlDecoded, xmlFault } from './xml';

/** One message or call that the stand-in has taken. */
export interface Taken {
  sid: string;
  fields: URLSearchParams;
  /** The current TwiML of a call. */
  twiml: string;
}

/** How the stand-in treats one request; `hang` never answers, `reset` drops the connection. */
export type Misbehaviour =
  | 'hang'
  | 'reset'
  | { status: number; code?: number; headers?: Record<string, string>; body?: string; taken?: true };

export interface TwilioStandIn {
  url: string;
  messages: Taken[];
  calls: Taken[];
  /** The answers to the next requests, one each; later requests are taken. */
  behave(...next: Misbehaviour[]): void;
  /** The answer to every request from now on; null takes them. */
  always(behaviour: Misbehaviour | null): void;
  /** Numbers that are refused, with the code of the error. */
  refuse: Map<string, number>;
  /** Sends a signed request to a webhook, as the provider does. */
  call(url: string, fields: Record<string, string>, header?: string): Promise<{ status: number; body: string }>;
  /** Reports the status of a message or call to its callback. */
  report(taken: Taken, fields: Record<string, string>): Promise<number>;
  /** The owner of a phone presses a key in a call; the call goes on with the TwiML of the answer. */
  press(call: Taken, key: string, more?: Record<string, string>): Promise<string[]>;
  close(): Promise<void>;
}

export interface TwilioOptions {
  account?: string;
  token?: string;
  /** The path of its API before `/2010-04-01`. */
  base?: string;
  /** The header of its signature. */
  header?: string;
  /** Added to the words of each error, as a careless server would. */
  leak?: string;
  /** Where a public URL of the product is reached in this test, as behind a proxy. */
  reach?: (publicUrl: string) => string;
}

export const TWILIO_ACCOUNT = `AC${'0a'.repeat(16)}`;
export const TWILIO_TOKEN = 'token-of-the-account';
export const TWILIO_SENDER = '+14155550100';

/** A server on loopback with the REST API of Twilio. It checks what Twilio checks: log-in, form, numbers, lengths, TwiML. */
export async function twilioStandIn(options: TwilioOptions = {}): Promise<TwilioStandIn> {
  const { account = TWILIO_ACCOUNT, token = TWILIO_TOKEN, base = '', reach = (url) => url } = options;
  const taken = { Messages: [] as Taken[], Calls: [] as Taken[] };
  const refuse = new Map<string, number>();
  let next: Misbehaviour[] = [];
  let every: Misbehaviour | null = null;

  const server = createServer(async (req, res) => {
    const body = await textOf(req);
    const behaviour = next.shift() ?? every;
    if (behaviour === 'hang') return;
    if (behaviour === 'reset') return void req.socket.destroy();
    if (behaviour !== null && !behaviour.taken) return misbehave(res, behaviour, options.leak);
    const path = new RegExp(`^${base}/2010-04-01/Accounts/([^/]+)/(Messages|Calls)\\.json$`).exec(req.url ?? '');
    const fields = new URLSearchParams(body);
    const fault = faultOf(req, path, fields, { account, token, refuse });
    if (fault !== null) return refusal(res, fault, options.leak);
    const resource = path?.[2] as 'Messages' | 'Calls';
    const sid = `${resource === 'Messages' ? 'SM' : 'CA'}${String(taken[resource].length + 1).padStart(32, '0')}`;
    taken[resource].push({ sid, fields, twiml: fields.get('Twiml') ?? '' });
    if (behaviour !== null) return misbehave(res, behaviour, options.leak);
    json(res, 201, { sid, status: 'queued', error_code: null, account_sid: account, to: fields.get('To') });
  });

  async function call(url: string, given: Record<string, string>, header = options.header ?? 'x-twilio-signature') {
    const fields = { AccountSid: account, ApiVersion: '2010-04-01', ...given } as Record<string, string>;
    const signed =
      url +
      Object.keys(fields)
        .sort()
        .map((name) => `${name}${fields[name]}`)
        .join('');
    const signature = createHmac('sha1', token).update(signed).digest('base64');
    const headers = { 'content-type': 'application/x-www-form-urlencoded', [header]: signature };
    const answer = await fetch(reach(url), { method: 'POST', headers, body: new URLSearchParams(fields) });
    return { status: answer.status, body: await answer.text() };
  }

  return {
    url: `${await listening(server)}${base}`,
    messages: taken.Messages,
    calls: taken.Calls,
    behave: (...behaviours) => {
      next = behaviours;
    },
    always: (behaviour) => {
      every = behaviour;
    },
    refuse,
    call,
    async report({ sid, fields }, more) {
      const id = sid.startsWith('SM') ? { MessageSid: sid, SmsSid: sid } : { CallSid: sid };
      const parties = { To: fields.get('To') as string, From: fields.get('From') ?? TWILIO_SENDER };
      return (await call(fields.get('StatusCallback') as string, { ...id, ...parties, ...more })).status;
    },
    async press(taken, key, more = {}) {
      const action = gatherOf(taken.twiml);
      if (action === null) throw new Error('The call asks for no key');
      const parties = { To: taken.fields.get('To') as string, From: taken.fields.get('From') as string };
      const fields = { CallSid: taken.sid, ...parties, CallStatus: 'in-progress', Digits: key, ...more };
      const { status, body } = await call(action, fields);
      const fault = status === 200 ? xmlFault(body) : `HTTP ${status}`;
      if (fault !== null) throw new Error(`The answer to a key is no TwiML: ${fault}`);
      taken.twiml = body;
      return saidIn(body);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

type Fault = [status: number, code: number, message: string];

function faultOf(
  req: IncomingMessage,
  path: RegExpExecArray | null,
  fields: URLSearchParams,
  { account, token, refuse }: { account: string; token: string; refuse: Map<string, number> },
): Fault | null {
  if (path === null || req.method !== 'POST') return [404, 20404, 'The requested resource was not found'];
  const login = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
  if (req.headers.authorization !== login || path[1] !== account) return [401, 20003, 'Authenticate'];
  if (req.headers['content-type'] !== 'application/x-www-form-urlencoded') return [415, 20001, 'No form'];
  const [to, from] = [fields.get('To') ?? '', fields.get('From') ?? fields.get('MessagingServiceSid') ?? ''];
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return [400, 21211, `The 'To' number ${to} is not a valid phone number.`];
  if (from === '') return [400, 21603, "A 'From' phone number is required"];
  const code = refuse.get(to);
  if (code !== undefined) return [400, code, `Attempt to reach ${to} was refused`];
  return path[2] === 'Messages' ? messageFault(fields) : callFault(fields);
}

function messageFault(fields: URLSearchParams): Fault | null {
  const body = fields.get('Body') ?? '';
  if (body === '') return [400, 21602, 'Message body is required'];
  if (body.length > 1_600) return [400, 21617, 'The concatenated message body exceeds the 1600 character limit'];
  return callbackFault(fields);
}

const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

function callFault(fields: URLSearchParams): Fault | null {
  const twiml = fields.get('Twiml') ?? '';
  if (twiml === '' || twiml.length > 4_000) return [400, 21218, 'Twiml is missing or too long'];
  const fault = xmlFault(twiml);
  if (fault !== null) return [400, 12100, `Document parse failure: ${fault}`];
  if (fields.getAll('StatusCallbackEvent').some((event) => !EVENTS.includes(event)))
    return [400, 21626, 'No such event'];
  return callbackFault(fields);
}

function callbackFault(fields: URLSearchParams): Fault | null {
  const url = fields.get('StatusCallback');
  const isPublic = url === null || (URL.canParse(url) && new URL(url).hostname.includes('.'));
  return isPublic ? null : [400, 21609, 'Invalid StatusCallback URL'];
}

function refusal(res: ServerResponse, [status, code, message]: Fault, leak = ''): void {
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  json(res, status, { code, message: `${message}${leak && ` ${leak}`}`, more_info, status });
}

function misbehave(res: ServerResponse, behaviour: Exclude<Misbehaviour, string>, leak: string | undefined): void {
  const { status, code, headers, body } = behaviour;
  if (code !== undefined) refusal(res, [status, code, 'Refused'], leak);
  else res.writeHead(status, headers).end(body ?? '');
}

const json = (res: ServerResponse, status: number, body: object): void => {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** The URL that takes the keys of a call, as TwiML names it; null if it asks for none. */
const gatherOf = (twiml: string): string | null => {
  const action = /<Gather[^>]* action="([^"]*)"/.exec(twiml)?.[1];
  return action === undefined ? null : xmlDecoded(action);
};

/** The sentences that TwiML speaks, in order. */
export const saidIn = (twiml: string): string[] =>
  [...twiml.matchAll(/<Say[^>]*>([^<]*)<\/Say>/g)].map(([, text]) => xmlDecoded(text as string));
