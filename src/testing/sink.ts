import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** How the sink answers one request; `hang` never answers. */
export type Reply = 'hang' | { status: number; headers?: Record<string, string>; body?: string };

export interface HttpSink {
  url: string;
  received: Received[];
  /** Sets the replies to the next requests, one each; later requests get 200. */
  reply(...replies: Reply[]): void;
  /** Called for each request before it is answered. */
  onRequest(callback: (received: Received) => void | Promise<void>): void;
  clear(): void;
  close(): Promise<void>;
}

/** A real HTTP server on loopback that records requests and sends the given replies. */
export async function httpSink(): Promise<HttpSink> {
  const received: Received[] = [];
  let replies: Reply[] = [];
  let callback: (received: Received) => void | Promise<void> = () => {};

  const answer = (res: ServerResponse, reply: Reply): void => {
    if (reply === 'hang') return;
    res.writeHead(reply.status, reply.headers).end(reply.body ?? '');
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', async () => {
      const { method = '', url = '', headers } = req;
      const request = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
      received.push(request);
      const reply = replies.shift() ?? { status: 200, body: 'ok' };
      await callback(request);
      answer(res, reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    reply: (...next) => {
      replies = next;
    },
    onRequest: (next) => {
      callback = next;
    },
    clear() {
      received.length = 0;
      replies = [];
      callback = () => {};
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
