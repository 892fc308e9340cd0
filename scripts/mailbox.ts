import { SMTPServer } from 'smtp-server';
import { listening, portOf } from './children';

/** A mail server on loopback that accepts and discards everything, so that pages by e-mail succeed. */
export async function openMailbox(): Promise<{ url: string; close(): Promise<void> }> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, _session, callback) {
      stream.resume();
      stream.on('end', () => callback());
    },
  });
  server.on('error', () => {});
  await listening(server);
  return {
    url: `smtp://127.0.0.1:${portOf(server.server)}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
