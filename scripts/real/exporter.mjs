import { createServer } from 'node:http';

/** Something to watch: a gauge per host, as Prometheus scrapes it. */
export async function exporter() {
  let depths = {};
  const metrics = () =>
    [
      '# TYPE queue_depth gauge',
      ...Object.entries(depths).map(([host, depth]) => `queue_depth{host="${host}"} ${depth}`),
      '',
    ].join('\n');
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(metrics());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${server.address().port}`,
    set(given) {
      depths = given;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
