import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** Limits of an HTTP server; times in milliseconds. */
export interface ServerLimits {
  /** From the first byte to the end of the body; a slower client gets 408. */
  requestTimeoutMs: number;
  headersTimeoutMs: number;
  keepAliveMs: number;
  /** From the connect to the first byte; else the connection is closed. */
  firstByteMs: number;
  /** Further connections are refused, because the database needs file descriptors too; no limit if undefined. */
  mostConnections: number | undefined;
  /** How often to check for slow clients. */
  checkEveryMs: number;
}

const LIMITS: ServerLimits = {
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  // Longer than that of common proxies, so that the server does not close a connection under a request.
  keepAliveMs: 65_000,
  firstByteMs: 5_000,
  mostConnections: undefined,
  checkEveryMs: 5_000,
};

const MOST_CONNECTIONS = 10_000;
/** File descriptors for other purposes: connections to databases and neighbours, deliveries, logs. */
const OTHER_FILES = 256;
const FEWEST_CONNECTIONS = 64;

/** How many clients a process can serve with its limit of open files. */
export const connectionsFor = (openFiles: number): number =>
  Math.max(FEWEST_CONNECTIONS, Math.min(MOST_CONNECTIONS, openFiles - OTHER_FILES));

/** An HTTP server with time limits for clients. Node limits the size of headers (16 KiB, else 431). */
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

/** Connections without a request so far. Node does not count them as idle; browsers open them in advance. */
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
 * Closes a server: accepts no more requests, finishes open ones, and closes connections when they are idle, because
 * kept-alive connections would keep the server open. After `cutAfterMs` milliseconds the rest is cut.
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
