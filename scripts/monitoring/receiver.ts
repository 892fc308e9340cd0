import { createServer } from 'node:http';
import { listening, portOf } from '../children';

export interface Receiver {
  url: string;
  /** How many requests came in. */
  received(): number;
  stop(): void;
}

/** A webhook that accepts every request and counts it. */
export async function receiver(): Promise<Receiver> {
  let received = 0;
  const server = await listening(
    createServer((request, response) => {
      request.resume();
      received += 1;
      response.writeHead(204).end();
    }),
  );
  return {
    url: `http://127.0.0.1:${portOf(server)}/hook`,
    received: () => received,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
