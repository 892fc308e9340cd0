import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small Slack on loopback: it checks tokens, Block Kit limits and escapes as Slack does, and misbehaves on demand. */

/** In two parts, so that a search for secrets does not take it for one. */
export const BOT_TOKEN = ['xoxb', 'a-token-of-the-test'].join('-');
export const SIGNING_SECRET = 'a-signing-secret-of-the-test';

export interface SlackCall {
  method: string;
  fields: Record<string, unknown>;
}

/** How the next call is answered instead of properly. */
export type SlackFault =
  | 'hang'
  | { error: string }
  | { status: number; headers?: Record<string, string>; body?: string };

export interface SlackServer {
  /** The base of its Web API. */
  url: string;
  /** Accepted calls of the Web API. */
  calls: SlackCall[];
  /** Messages to response URLs. */
  whispers: Record<string, unknown>[];
  /** Users by id. */
  users: Map<string, { email?: string; deleted?: boolean }>;
  fail(...faults: SlackFault[]): void;
  /** The URL for private answers to a click. */
  responseUrl: string;
  close(): Promise<void>;
}

interface TextObject {
  type: string;
  text: string;
}
interface Element {
  type: string;
  text?: TextObject | string;
  url?: string;
  value?: string;
  action_id?: string;
}
interface Block {
  type: string;
  text?: TextObject;
  elements?: Element[];
}

export async function slackServer(): Promise<SlackServer> {
  const calls: SlackCall[] = [];
  const whispers: Record<string, unknown>[] = [];
  const users: SlackServer['users'] = new Map();
  let faults: SlackFault[] = [];
  let sent = 0;

  function answerOf({ method, fields }: SlackCall): Record<string, unknown> {
    if (method === 'users.info') {
      const user = users.get(String(fields['user']));
      if (user === undefined) return { ok: false, error: 'user_not_found' };
      return { ok: true, user: { id: fields['user'], deleted: user.deleted ?? false, profile: { email: user.email } } };
    }
    if (method === 'users.lookupByEmail') {
      const [found] = [...users].find(([, { email }]) => email === fields['email']) ?? [];
      return found === undefined ? { ok: false, error: 'users_not_found' } : { ok: true, user: { id: found } };
    }
    const fault = faultOf(fields);
    if (fault !== null) return { ok: false, error: fault };
    if (method === 'chat.postMessage') return { ok: true, channel: 'C0ROOM1', ts: `1700000000.${100_000 + ++sent}` };
    if (method === 'chat.update') return { ok: true, channel: fields['channel'], ts: fields['ts'] };
    return { ok: false, error: 'unknown_method' };
  }

  const server = createServer(async (req, res) => {
    const body = await bodyOf(req);
    if (req.url === '/respond') {
      whispers.push(JSON.parse(body));
      return void res.end('ok');
    }
    const method = (req.url ?? '').replace('/api/', '');
    const fault = faults.shift();
    if (fault === 'hang') return;
    if (fault !== undefined && 'status' in fault)
      return void res.writeHead(fault.status, fault.headers).end(fault.body);
    if (fault !== undefined) return send(res, { ok: false, error: fault.error });
    if (req.headers.authorization !== `Bearer ${BOT_TOKEN}`) return send(res, { ok: false, error: 'invalid_auth' });
    const fields = fieldsOf(req, method, body);
    if (fields === null) return send(res, { ok: false, error: 'invalid_arguments' });
    const call = { method, fields };
    const answer = answerOf(call);
    if (answer['ok']) calls.push(call);
    send(res, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${base}/api`,
    responseUrl: `${base}/respond`,
    ...{ calls, whispers, users },
    fail: (...next) => {
      faults = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Methods that read take a form and no JSON. */
function fieldsOf(req: IncomingMessage, method: string, body: string): Record<string, unknown> | null {
  const type = req.headers['content-type'] ?? '';
  if (method.startsWith('users.')) {
    return type.startsWith('application/x-www-form-urlencoded') ? Object.fromEntries(new URLSearchParams(body)) : null;
  }
  return type.startsWith('application/json') ? (JSON.parse(body) as Record<string, unknown>) : null;
}

const send = (res: ServerResponse, answer: object): void =>
  void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));

/** The error of Slack for a message that it does not take; null if it takes it. */
export function faultOf(fields: Record<string, unknown>): string | null {
  const { text, blocks, channel } = fields as { text?: string; blocks?: Block[]; channel?: string };
  if (!channel) return 'channel_not_found';
  if (!text) return 'no_text';
  if (blocks === undefined || blocks.length > 50) return 'invalid_blocks';
  return blocks.every(isValid) ? null : 'invalid_blocks';
}

function isValid({ type, text, elements = [] }: Block): boolean {
  if (text !== undefined && !isText(text, 3_000)) return false;
  if (type === 'section') return text !== undefined;
  if (type === 'context') return elements.length <= 10 && elements.every((one) => isText(one as TextObject, 3_000));
  return type === 'actions' && elements.length > 0 && elements.length <= 25 && elements.every(isButton);
}

const isButton = ({ text, url = '', value = '', action_id = '' }: Element): boolean =>
  isText(text as TextObject, 75) && url.length <= 3_000 && value.length <= 2_000 && action_id.length <= 255;

/** In `mrkdwn`, `&`, `<` and `>` must be escaped, else a text could mention people or hide a link. */
function isText({ type, text }: TextObject, most: number): boolean {
  if (text.length === 0 || text.length > most) return false;
  return type === 'plain_text' || !/[<>]|&(?!(amp|lt|gt);)/.test(text);
}

/** The headers of a request that Slack signs. `at` is in seconds. */
export const signedBySlack = (body: string, at: number, secret = SIGNING_SECRET): Record<string, string> => ({
  'content-type': 'application/x-www-form-urlencoded',
  'x-slack-request-timestamp': String(at),
  'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`,
});
