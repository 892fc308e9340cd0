import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A proxy between browser and product that can misbehave as networks do. */
export interface Front {
  url: string;
  /** Connections end without an answer. */
  away: boolean;
  /** Event streams are held back, as by a proxy that waits for the end of an answer. */
  noStreams: boolean;
  /** Changes a file in transit, as the next build would. */
  edit: (path: string, text: string) => string;
  end(): Promise<void>;
}

export async function openFront(target: string): Promise<Front> {
  const sockets = new Set<Socket>();
  const server = createServer((req, res) => pass(front, target, req, res));
  server.on('connection', (socket) => {
    if (front.away) socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let away = false;
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get away() {
      return away;
    },
    set away(to) {
      away = to;
      if (to) for (const socket of sockets) socket.destroy();
    },
    noStreams: false,
    edit: (_path, text) => text,
    async end() {
      front.away = true;
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return front;
}

const EDITED = /^\/sw\.js$/;

function pass(front: Front, target: string, req: IncomingMessage, res: ServerResponse): void {
  if (front.noStreams && req.headers.accept === 'text/event-stream') {
    res.writeHead(502).end();
    return;
  }
  const path = req.url ?? '/';
  // A changed file is always requested in full: a 304 for the server's version would be wrong for the changed one.
  const { 'if-none-match': _match, 'if-modified-since': _since, ...whole } = req.headers;
  const sent = EDITED.test(path) ? whole : req.headers;
  const onward = request(target + path, { method: req.method, headers: sent }, (answer) => {
    const { 'content-length': length, ...headers } = answer.headers;
    if (!EDITED.test(path)) {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
      return;
    }
    const { etag: _etag, ...fresh } = headers;
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    answer.on('end', () => res.writeHead(answer.statusCode ?? 502, fresh).end(front.edit(path, text)));
  });
  onward.on('error', () => res.destroy());
  res.on('close', () => onward.destroy());
  req.pipe(onward);
}
