import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of ntfy on loopback: it checks what the real one checks, and answers with its error codes. */
export interface NtfyServer {
  url: string;
  messages: NtfyMessage[];
  /** Replaces the next answers, one each. */
  reply(...replies: NtfyReply[]): void;
  close(): Promise<void>;
}

export interface NtfyMessage {
  topic: string;
  title: string;
  message: string;
  priority: number;
  tags: string[];
  click?: string;
  actions: { action: string; label: string; url: string; method?: string; headers?: object; clear?: boolean }[];
}

export interface NtfyReply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** An error as ntfy words it; the first three digits of its code are the status. */
export const ntfyError = (code: number, error = 'refused', headers = {}): NtfyReply => {
  const status = Math.floor(code / 100);
  return { status, headers, body: JSON.stringify({ code, http: status, error, link: 'https://ntfy.sh/docs' }) };
};

/** @param authorization the only value of the header that it accepts; without it anyone may publish */
export async function ntfyServer(authorization?: string): Promise<NtfyServer> {
  const messages: NtfyMessage[] = [];
  let replies: NtfyReply[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const refused = replies.shift() ?? fault(`${req.method} ${req.url}`, req.headers, body, authorization);
      if (refused !== null) return void res.writeHead(refused.status, refused.headers).end(refused.body ?? '');
      const message = JSON.parse(body) as NtfyMessage;
      messages.push(message);
      res.writeHead(200).end(JSON.stringify({ id: `m${messages.length}`, event: 'message', topic: message.topic }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    reply: (...next) => {
      replies = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function fault(request: string, headers: IncomingHttpHeaders, body: string, authorization?: string): NtfyReply | null {
  if (request !== 'POST /') return ntfyError(40401, 'page not found');
  if (authorization !== undefined && headers.authorization !== authorization) return ntfyError(40101, 'unauthorized');
  const message = JSON.parse(body) as Partial<NtfyMessage>;
  if (!/^[-_A-Za-z0-9]{1,64}$/.test(message.topic ?? '')) return ntfyError(40009, 'invalid request: topic invalid');
  if (Buffer.byteLength(message.message ?? '') > 4_096) return ntfyError(41301, 'attachment too large');
  if (![1, 2, 3, 4, 5].includes(message.priority ?? 3)) return ntfyError(40007, 'priority invalid');
  const actions = message.actions ?? [];
  const valid = actions.every(
    ({ action, label, url }) => /^(view|http)$/.test(action) && label !== '' && URL.canParse(url),
  );
  return actions.length > 3 || !valid ? ntfyError(40018, 'actions invalid') : null;
}
