import { createServer, type Server } from 'node:http';
import { SMTPServer } from 'smtp-server';
import { listening, portOf } from '../children';
import type { Chance } from './chance';

export interface Arrival {
  notificationId: string;
  recipient: string;
}
type Arrive = (notificationId: string, recipient: string) => void;

/** Receives pages: a webhook of a room and an SMTP server. The webhook refuses some requests at first. */

const REFUSED = 0.03;

/** Calls `onPage` for each mail to a person. */
export async function openSinks(chance: Chance, onPage: (arrival: Arrival) => void) {
  /** Recipients by notification, one entry per arrival. */
  const arrived = new Map<string, string[]>();
  const arrive: Arrive = (id, recipient) => arrived.set(id, [...(arrived.get(id) ?? []), recipient]);
  const web = await openWebhook(chance, arrive);
  const mail = await openMail(arrive, onPage);
  return {
    env: {
      DEFAULT_ROOM: 'webhook:war-room',
      WEBHOOK_URL: `http://127.0.0.1:${portOf(web)}/`,
      SMTP_URL: `smtp://127.0.0.1:${portOf(mail.server)}`,
    },
    arrived,
    async end() {
      web.closeAllConnections();
      await Promise.all([
        new Promise((done) => web.close(done)),
        new Promise<void>((done) => mail.close(() => done())),
      ]);
    },
  };
}

function openWebhook(chance: Chance, arrive: Arrive): Promise<Server> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      if (chance.happens(REFUSED)) return res.writeHead(503).end();
      const { notification_id: id, recipient } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      arrive(id, `webhook:${recipient}`);
      res.writeHead(200).end();
    });
  });
  return listening(server);
}

function openMail(arrive: Arrive, onPage: (arrival: Arrival) => void): Promise<SMTPServer> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const id = /^message-id:\s*<([^@>]+)@/im.exec(raw)?.[1] ?? '';
        const recipient = `email:${envelope.rcptTo[0]?.address}`;
        arrive(id, recipient);
        callback();
        onPage({ notificationId: id, recipient });
      });
    },
  });
  server.on('error', () => {});
  return listening(server);
}
