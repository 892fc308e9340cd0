import { createServer } from 'node:http';

/** Somebody's webhook: takes whatever is posted, and counts it. */
export async function receiver() {
  let received = 0;
  const server = createServer((request, response) => {
    request.resume();
    received += 1;
    response.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    received: () => received,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
