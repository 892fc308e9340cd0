import { createServer, type Server } from 'node:http';
import { SMTPServer } from 'smtp-server';
import { eventually, listening, portOf } from '../children';
import type { Chance } from './chance';
import { type Arrival, openProviders } from './providers';

/** Receives pages: a webhook of a room, an SMTP server, and the providers of phones and devices. */

/** The webhook refuses some requests at first. */
const REFUSED = 0.03;
const CODE_WITHIN_MS = 20_000;

type Arrive = (arrival: Arrival) => void;

/** Calls `onPage` for each message that reaches a person. */
export async function openSinks(chance: Chance, onPage: Arrive) {
  /** Recipients by notification, one entry per arrival. */
  const arrived = new Map<string, string[]>();
  /** Numbers of the attempts that arrived, by notification, of channels that say them. */
  const tries = new Map<string, number[]>();
  const codes = new Map<string, string>();
  const arrive: Arrive = ({ notificationId: id, recipient, attempt }) => {
    arrived.set(id, [...(arrived.get(id) ?? []), recipient]);
    if (attempt !== undefined) tries.set(id, [...(tries.get(id) ?? []), attempt]);
  };
  const arriveAndAct: Arrive = (arrival) => {
    arrive(arrival);
    onPage(arrival);
  };
  const web = await openWebhook(chance, arrive);
  const mail = await openMail(arriveAndAct, codes);
  const providers = await openProviders({ chance, onPage: arriveAndAct });
  return {
    env: {
      DEFAULT_ROOM: 'webhook:war-room',
      WEBHOOK_URL: `http://127.0.0.1:${portOf(web)}/`,
      SMTP_URL: `smtp://127.0.0.1:${portOf(mail.server)}`,
      ...providers.env,
    },
    providers,
    arrived,
    tries,
    /** The code that was mailed to an address. */
    mailed: (recipient: string) => eventually(() => codes.get(recipient), { withinMs: CODE_WITHIN_MS }),
    async end() {
      web.closeAllConnections();
      await Promise.all([
        new Promise((done) => web.close(done)),
        new Promise<void>((done) => mail.close(() => done())),
        providers.end(),
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
      const { notification_id: notificationId, recipient } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      arrive({ notificationId, recipient: `webhook:${recipient}` });
      res.writeHead(200).end();
    });
  });
  return listening(server);
}

function openMail(arrive: Arrive, codes: Map<string, string>): Promise<SMTPServer> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const notificationId = /^message-id:\s*<([^@>]+)@/im.exec(raw)?.[1] ?? '';
        const recipient = `email:${envelope.rcptTo[0]?.address}`;
        const code = /\b(\d{6}) is your Tocsin code/.exec(raw)?.[1];
        callback();
        if (code === undefined) arrive({ notificationId, recipient });
        else codes.set(recipient, code);
      });
    },
  });
  server.on('error', () => {});
  return listening(server);
}
