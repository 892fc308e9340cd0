import { createServer } from 'node:http';
import { SMTPServer } from 'smtp-server';

/** Where pages arrive: a room's webhook and people's mail, both real. Some webhooks are refused at first. */

const REFUSED = 0.03;

/** `onPage({ incidentId, recipient })` hears of every mail to a person. */
export async function openSinks(chance, onPage) {
  /** By notification: whom it reached, once for every time it arrived. */
  const arrived = new Map();
  const arrive = (id, recipient) => arrived.set(id, [...(arrived.get(id) ?? []), recipient]);
  const web = await openWebhook(chance, arrive);
  const mail = await openMail(arrive, onPage);
  return {
    env: {
      DEFAULT_ROOM: 'webhook:war-room',
      WEBHOOK_URL: `http://127.0.0.1:${web.address().port}/`,
      SMTP_URL: `smtp://127.0.0.1:${mail.server.address().port}`,
    },
    arrived,
    async end() {
      web.closeAllConnections();
      await Promise.all([new Promise((done) => web.close(done)), new Promise((done) => mail.close(done))]);
    },
  };
}

async function openWebhook(chance, arrive) {
  const server = createServer((req, res) => {
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      if (chance.happens(REFUSED)) return res.writeHead(503).end();
      const { notification_id: id, recipient } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      arrive(id, `webhook:${recipient}`);
      res.writeHead(200).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function openMail(arrive, onPage) {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, { envelope }, callback) {
      const chunks = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const id = /^message-id:\s*<([^@>]+)@/im.exec(raw)?.[1];
        const recipient = `email:${envelope.rcptTo[0].address}`;
        arrive(id, recipient);
        callback();
        onPage({ notificationId: id, recipient });
      });
    },
  });
  server.on('error', () => {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
