import { createServer, type IncomingHttpHeaders } from 'node:http';
import { listening, pause, portOf } from '../children';
import type { Chance } from './chance';

/** A provider that is sometimes unruly: a server before a well-behaved one, which refuses, hangs and loses answers. */

/** What happens to a request, and how often. The last three lose the answer to an accepted one, or accept it late. */
const FATES = [
  ['busy', 0.04],
  ['broken', 0.05],
  ['reset', 0.03],
  ['hang', 0.03],
  ['slow', 0.06],
  ['lost', 0.03],
  ['cut', 0.03],
] as const;
type Fate = (typeof FATES)[number][0] | 'taken';

const SLOW_MS = [200, 1_500] as const;

export interface Exchange {
  path: string;
  body: Buffer;
  /** The answer of the provider. */
  answer: { headers: Headers; body: string };
}

export interface Unruly {
  url: string;
  /** Begins and ends the faults. */
  misbehave(does: boolean): void;
  end(): Promise<void>;
}

/**
 * @param targetOf the URL of the well-behaved server, asked for each request, because it may start later
 * @param onTaken a request that it accepted, whatever the client learns of it
 */
export async function unruly(
  chance: Chance,
  targetOf: () => string,
  onTaken: (exchange: Exchange) => void,
): Promise<Unruly> {
  let misbehaves = false;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', async () => {
      const fate = misbehaves ? fateOf(chance) : 'taken';
      if (fate === 'busy') return res.writeHead(429, { 'retry-after': '1' }).end();
      if (fate === 'broken') return res.writeHead(500).end('out of order');
      if (fate === 'reset') return req.socket.destroy();
      if (fate === 'hang') return;
      if (fate === 'slow') await pause(chance.between(...SLOW_MS));
      const body = Buffer.concat(chunks);
      const path = req.url ?? '/';
      const headers = forwarded(req.headers);
      const answer = await fetch(targetOf() + path, { method: req.method ?? 'POST', headers, body });
      const text = await answer.text();
      if (answer.ok) onTaken({ path, body, answer: { headers: answer.headers, body: text } });
      if (fate === 'lost') return;
      if (fate === 'cut') return req.socket.destroy();
      res.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(text);
    });
  });
  await listening(server);
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    misbehave: (does) => {
      misbehaves = does;
    },
    end: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function fateOf(chance: Chance): Fate {
  let left = chance.next();
  for (const [fate, share] of FATES) {
    left -= share;
    if (left < 0) return fate;
  }
  return 'taken';
}

/** The headers that the provider checks. */
const forwarded = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    ['authorization', 'content-type', 'content-encoding', 'ttl', 'urgency', 'topic'].flatMap((name) =>
      headers[name] === undefined ? [] : [[name, String(headers[name])]],
    ),
  );
