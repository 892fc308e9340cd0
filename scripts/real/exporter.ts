import { createServer } from 'node:http';
import { listening, portOf } from '../children';

export interface Exporter {
  address: string;
  /** Replaces all values, by host. */
  set(depths: Record<string, number>): void;
  stop(): void;
}

/** An exporter for Prometheus with one gauge per host. */
export async function exporter(): Promise<Exporter> {
  let depths: Record<string, number> = {};
  const metrics = () =>
    [
      '# TYPE queue_depth gauge',
      ...Object.entries(depths).map(([host, depth]) => `queue_depth{host="${host}"} ${depth}`),
      '',
    ].join('\n');
  const server = await listening(
    createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/plain; version=0.0.4');
      response.end(metrics());
    }),
  );
  return {
    address: `127.0.0.1:${portOf(server)}`,
    set(given) {
      depths = given;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
