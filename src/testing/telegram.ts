import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small Bot API on loopback: it checks the token, lengths, markup and buttons as Telegram does, and misbehaves on demand. */

export interface TelegramCall {
  method: string;
  fields: Record<string, unknown>;
}

export interface TelegramServer {
  url: string;
  /** Accepted calls. */
  calls: TelegramCall[];
  /** How the next calls are answered instead of properly; `hang` never answers. */
  fail(...faults: ('hang' | { status: number; body: string })[]): void;
  /** What `getUpdates` returns until it is asked for a later number; a waiting call gets it at once. */
  update(...updates: object[]): void;
  /** How all calls are answered. */
  always(fault: 'hang' | { status: number; body: string } | null): void;
  close(): Promise<void>;
}

interface Button {
  text?: string;
  callback_data?: string;
  url?: string;
}

/** The body of an error. */
export const refusal = (error_code: number, description: string, parameters?: object) => ({
  status: error_code,
  body: JSON.stringify({ ok: false, error_code, description, ...(parameters && { parameters }) }),
});

export async function telegramServer(token: string): Promise<TelegramServer> {
  const calls: TelegramCall[] = [];
  let faults: ('hang' | { status: number; body: string })[] = [];
  let every: 'hang' | { status: number; body: string } | null = null;
  let sent = 0;
  let webhook = false;
  let updates: { update_id: number }[] = [];
  let lastUpdate = 0;
  let poll: { offset: number; res: ServerResponse } | null = null;
  const conflict = () => refusal(409, 'Conflict: terminated by other getUpdates request');
  const answerPoll = (): void => {
    if (poll === null) return;
    const { offset, res } = poll;
    updates = updates.filter(({ update_id }) => update_id >= offset);
    if (updates.length === 0) return;
    poll = null;
    res.end(JSON.stringify({ ok: true, result: updates }));
  };
  /** Of two polls the later one goes on, as with Telegram. */
  const hold = (res: ServerResponse, { offset }: Record<string, unknown>): void => {
    if (poll !== null) poll.res.writeHead(409).end(conflict().body);
    const mine = { offset: Number(offset ?? 0), res };
    poll = mine;
    res.on('close', () => {
      if (poll === mine) poll = null;
    });
    answerPoll();
  };
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const fault = faults.shift() ?? every;
    if (fault === 'hang') return;
    if (fault !== null) return void res.writeHead(fault.status).end(fault.body);
    const [, given, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(req.url ?? '') ?? [];
    const fields = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    const wrong = given !== token ? refusal(401, 'Unauthorized') : faultOf(method, fields);
    if (wrong !== null) return void res.writeHead(wrong.status).end(wrong.body);
    calls.push({ method, fields });
    if (method === 'setWebhook') webhook = true;
    if (method === 'deleteWebhook') webhook = false;
    if (method === 'getUpdates') {
      if (!webhook) return hold(res, fields);
      const active = refusal(409, "Conflict: can't use getUpdates method while webhook is active");
      return void res.writeHead(409).end(active.body);
    }
    const result = { message_id: ++sent, chat: { id: Number(fields['chat_id']) } };
    res.end(JSON.stringify({ ok: true, result: method === 'sendMessage' ? result : true }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fail: (...next) => {
      faults = next;
    },
    update: (...more) => {
      updates.push(...more.map((one) => ({ ...one, update_id: ++lastUpdate })));
      answerPoll();
    },
    always: (fault) => {
      every = fault;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function faultOf(method: string, fields: Record<string, unknown>) {
  if (method === 'answerCallbackQuery') {
    return String(fields['text'] ?? '').length > 200 ? refusal(400, 'Bad Request: MESSAGE_TOO_LONG') : null;
  }
  if (method === 'deleteWebhook') return null;
  if (method === 'getUpdates') {
    const fits = Number(fields['timeout']) <= 50 && Number(fields['limit']) <= 100;
    return fits ? null : refusal(400, 'Bad Request: bad poll');
  }
  if (method === 'setWebhook') {
    const good = String(fields['url']).startsWith('https://') && /^[\w-]{1,256}$/.test(String(fields['secret_token']));
    return good ? null : refusal(400, 'Bad Request: bad webhook');
  }
  const text = String(fields['text'] ?? '');
  const plain = text.replace(/&(amp|lt|gt|quot);/g, ' ');
  if (text === '') return refusal(400, 'Bad Request: message text is empty');
  if (plain.length > 4_096) return refusal(400, 'Bad Request: message is too long');
  if (/[<>]|&(?!(amp|lt|gt|quot);)/.test(text)) return refusal(400, "Bad Request: can't parse entities");
  const { inline_keyboard: rows = [] } = (fields['reply_markup'] ?? {}) as { inline_keyboard?: Button[][] };
  return rows.flat().every(isButton) ? null : refusal(400, 'Bad Request: BUTTON_INVALID');
}

const isButton = ({ text, callback_data, url }: Button): boolean => {
  if (!text || (callback_data === undefined) === (url === undefined)) return false;
  if (url !== undefined) return new URL(url).hostname.includes('.');
  const bytes = Buffer.byteLength(callback_data ?? '');
  return bytes >= 1 && bytes <= 64;
};
