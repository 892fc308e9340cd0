import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

export interface ServerLimits {
  /** From the first byte to the end of the body: who dribbles longer is answered 408. */
  requestTimeoutMs: number;
  headersTimeoutMs: number;
  keepAliveMs: number;
  /** How often slow clients are looked for. */
  checkEveryMs: number;
}

const LIMITS: ServerLimits = {
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  // Longer than common proxies keep theirs, so that it is never us who closes under a request.
  keepAliveMs: 65_000,
  checkEveryMs: 5_000,
};

/** An HTTP server whose clients are bounded in time; Node itself bounds their headers (16 KiB, else 431). */
export function boundedServer(app: RequestListener, limits: Partial<ServerLimits> = {}): Server {
  const { requestTimeoutMs, headersTimeoutMs, keepAliveMs, checkEveryMs } = { ...LIMITS, ...limits };
  const options = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: headersTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkEveryMs,
  };
  const server = createServer(options, app);
  silentOf.set(server, silentConnections(server));
  return server;
}

/** Connections that never asked anything, which Node does not count as idle: a browser opens them to be quick later. */
const silentOf = new WeakMap<Server, Set<Socket>>();

function silentConnections(server: Server): Set<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', (req) => silent.delete(req.socket));
  return silent;
}

/**
 * Takes no more requests, finishes those in hand, and closes connections as they fall idle; kept-alive ones would hold
 * the server open for ever. What is not done after `cutAfterMs` is cut.
 */
export async function closeServer(server: Server, cutAfterMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.prependListener('request', (_req, res) => void res.setHeader('Connection', 'close'));
  for (const socket of silentOf.get(server) ?? []) socket.destroy();
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), cutAfterMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
