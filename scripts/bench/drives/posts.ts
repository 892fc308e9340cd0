import { connect } from 'node:net';
import { type Spread, spread } from '../numbers';
import { BODIES } from '../requests';

interface Posts {
  url: string;
  path: string;
  apiKey: string;
  body: keyof typeof BODIES;
  /** Makes the alerts of this run different from those of others. */
  run: string;
  connections: number;
  seconds: number;
}

interface Load extends Spread {
  perSecond: number;
  /** Number of answers for each HTTP status. */
  statuses: Record<string, number>;
  /** Number of answers without an incident. */
  unlinked: number;
  /** The first answer. */
  sample: string;
}

type Answered = (status: string, answer: Buffer, tookMs: number) => void;

/**
 * Posts on several connections, each as fast as it is answered. It uses bare sockets, because a generator that needs a
 * whole core would distort the measurement.
 */
export async function posts({ url, path, apiKey, body, run, connections, seconds }: Posts): Promise<Load> {
  const { hostname, port, host } = new URL(url);
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nX-API-Key: ${apiKey}\r\nContent-Type: application/json\r\n`;
  const make = BODIES[body];
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  let sent = 0;
  let unlinked = 0;
  let sample = '';
  const started = performance.now();
  const until = started + seconds * 1_000;

  const next = () => {
    if (performance.now() >= until) return null;
    const text = JSON.stringify(make(run, sent++));
    return `${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  };
  const answered: Answered = (status, answer, tookMs) => {
    times.push(tookMs);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (answer.includes('"incident_id":null')) unlinked++;
    if (sample === '') sample = answer.toString('utf8');
  };
  const talks = Array.from({ length: connections }, () => talk({ hostname, port }, next, answered));
  await Promise.all(talks);
  const tookSeconds = (performance.now() - started) / 1_000;
  return { perSecond: times.length / tookSeconds, ...spread(times), statuses, unlinked, sample };
}

/** One connection: sends a request, waits for its answer, and repeats until `next` returns null. */
function talk(
  { hostname, port }: Pick<URL, 'hostname' | 'port'>,
  next: () => string | null,
  answered: Answered,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let received: Buffer = Buffer.alloc(0);
    let sentAt = 0;
    const send = () => {
      const request = next();
      if (request === null) {
        socket.destroy();
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('The server closed a connection.')));
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = received.toString('latin1', 0, headEnd);
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1]);
      if (Number.isNaN(length)) {
        reject(new Error(`An answer without a length: ${head}`));
        return;
      }
      if (received.length < headEnd + 4 + length) return;
      const body = received.subarray(headEnd + 4, headEnd + 4 + length);
      received = received.subarray(headEnd + 4 + length);
      answered(head.slice(9, 12), body, performance.now() - sentAt);
      send();
    });
  });
}
