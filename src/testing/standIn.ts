import { createServer, type Socket } from 'node:net';
import { brokenSmtp } from './brokenSmtp';
import { httpSink, type Reply } from './sink';
import { smtpSink } from './smtp';

/** How a stand-in for a channel's server treats every message. */
export type Behaviour = 'takes' | 'refuses the message' | 'refuses the operator' | 'is overloaded' | 'does not answer';

/** A small server on loopback that replaces the real server of a channel. */
export interface StandIn {
  /** The value of the setting with the server; contains `SECRET`. */
  url: string;
  /** The accepted texts. */
  texts(): string[];
  close(): Promise<void>;
}

export const SECRET = 'a-secret-of-the-operator';

/** Starts a stand-in. Its answers contain the secret, as those of a careless server would. */
export const standIn = (protocol: 'http' | 'smtp', behaviour: Behaviour): Promise<StandIn> =>
  protocol === 'http' ? httpStandIn(behaviour) : smtpStandIn(behaviour);

const REPLIES: Record<Behaviour, Reply> = {
  takes: { status: 200, headers: { 'x-request-id': `/${SECRET}` } },
  'refuses the message': { status: 400, body: `cannot read it at /${SECRET}` },
  'refuses the operator': { status: 403, body: `no entry at /${SECRET}` },
  'is overloaded': { status: 503, body: `later at /${SECRET}` },
  'does not answer': 'hang',
};

async function httpStandIn(behaviour: Behaviour): Promise<StandIn> {
  const sink = await httpSink();
  sink.reply(REPLIES[behaviour]);
  const texts = () => sink.received.map(({ body }) => body);
  return { url: `${sink.url}/${SECRET}`, texts, close: sink.close };
}

async function smtpStandIn(behaviour: Behaviour): Promise<StandIn> {
  const url = (port: number | string) => `smtp://tocsin:${SECRET}@127.0.0.1:${port}`;
  if (behaviour === 'takes') {
    const sink = await smtpSink({ logIn: true });
    return {
      url: url(new URL(sink.url).port),
      texts: () => sink.mails.map(({ parsed }) => parsed.text ?? ''),
      close: sink.close,
    };
  }
  if (behaviour === 'does not answer') return silentServer(url);
  const answers = {
    'refuses the message': { RCPT: `550 5.1.1 no such mailbox, ${SECRET}` },
    'refuses the operator': { AUTH: `535 5.7.8 wrong password ${SECRET}` },
    'is overloaded': { RCPT: `451 4.3.2 later, ${SECRET}` },
  }[behaviour];
  const broken = await brokenSmtp(answers);
  return { url: url(broken.port), texts: () => [], close: broken.close };
}

async function silentServer(url: (port: number) => string): Promise<StandIn> {
  const open = new Set<Socket>();
  const server = createServer((socket) => open.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return { url: url(port), texts: () => [], close };
}
