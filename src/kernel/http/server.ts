import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

export interface ServerLimits {
  /** From the first byte to the end of the body: who dribbles longer is answered 408. */
  requestTimeoutMs: number;
  headersTimeoutMs: number;
  keepAliveMs: number;
  /** From the connection to its first byte; a silent one is closed. */
  firstByteMs: number;
  /** Further connections are refused, because files are needed for the database too; no bound if undefined. */
  mostConnections: number | undefined;
  /** How often slow clients are looked for. */
  checkEveryMs: number;
}

const LIMITS: ServerLimits = {
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  // Longer than common proxies keep theirs, so that it is never us who closes under a request.
  keepAliveMs: 65_000,
  firstByteMs: 5_000,
  mostConnections: undefined,
  checkEveryMs: 5_000,
};

const MOST_CONNECTIONS = 10_000;
/** Files that a process opens besides: connections to databases and neighbours, deliveries, logs. */
const OTHER_FILES = 256;
const FEWEST_CONNECTIONS = 64;

/** How many clients fit into the files that a process may open. */
export const connectionsFor = (openFiles: number): number =>
  Math.max(FEWEST_CONNECTIONS, Math.min(MOST_CONNECTIONS, openFiles - OTHER_FILES));

/** An HTTP server whose clients are bounded in time; Node itself bounds their headers (16 KiB, else 431). */
export function boundedServer(app: RequestListener, limits: Partial<ServerLimits> = {}): Server {
  const { requestTimeoutMs, headersTimeoutMs, keepAliveMs, checkEveryMs, ...bounds } = { ...LIMITS, ...limits };
  const options = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: headersTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkEveryMs,
  };
  const server = createServer(options, app);
  if (bounds.mostConnections !== undefined) server.maxConnections = bounds.mostConnections;
  silentOf.set(server, silentConnections(server, bounds.firstByteMs));
  return server;
}

/** Connections that never asked anything, which Node does not count as idle: a browser opens them to be quick later. */
const silentOf = new WeakMap<Server, Set<Socket>>();

function silentConnections(server: Server, firstByteMs: number): Set<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    const late = setTimeout(() => socket.bytesRead === 0 && socket.destroy(), firstByteMs).unref();
    socket.once('close', () => {
      clearTimeout(late);
      silent.delete(socket);
    });
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
