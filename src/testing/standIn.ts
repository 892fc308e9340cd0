import { createServer, type Socket } from 'node:net';
import { brokenSmtp } from './brokenSmtp';
import { httpSink, type Reply } from './sink';
import { smtpSink } from './smtp';
import { refusal, telegramServer } from './telegram';
import { type Misbehaviour, TWILIO_ACCOUNT, TWILIO_SENDER, twilioStandIn } from './twilio';

/** How a stand-in for a channel's server treats every message. */
export type Behaviour = 'takes' | 'refuses the message' | 'refuses the operator' | 'is overloaded' | 'does not answer';

/** A small server on loopback that replaces the real server of a channel. */
export interface StandIn {
  /** The value of the setting with the server; contains `SECRET`. */
  url: string;
  /** All settings, if the URL alone does not suffice. */
  settings?: Record<string, string>;
  /** The accepted texts. */
  texts(): string[];
  close(): Promise<void>;
}

export const SECRET = 'a-secret-of-the-operator';

/** Starts a stand-in. Its answers contain the secret, as those of a careless server would. */
export const standIn = (protocol: Protocol, behaviour: Behaviour): Promise<StandIn> => STAND_INS[protocol](behaviour);

type Protocol = 'http' | 'smtp' | 'twilio' | 'telegram';
const STAND_INS: Record<Protocol, (behaviour: Behaviour) => Promise<StandIn>> = {
  http: httpStandIn,
  smtp: smtpStandIn,
  twilio: phoneStandIn,
  telegram: telegramStandIn,
};

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

const PHONE_REPLIES: Record<Behaviour, Misbehaviour | null> = {
  takes: null,
  'refuses the message': { status: 400, code: 21_211 },
  'refuses the operator': { status: 401, code: 20_003 },
  'is overloaded': { status: 503, body: `later at ${SECRET}` },
  'does not answer': 'hang',
};

async function phoneStandIn(behaviour: Behaviour): Promise<StandIn> {
  const provider = await twilioStandIn({ token: SECRET, leak: SECRET });
  provider.always(PHONE_REPLIES[behaviour]);
  const account = { TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT, TWILIO_AUTH_TOKEN: SECRET, TWILIO_API_URL: provider.url };
  const textsOf = ({ fields }: { fields: URLSearchParams }) => fields.get('Body') ?? fields.get('Twiml') ?? '';
  return {
    url: provider.url,
    settings: { ...account, SMS_FROM: TWILIO_SENDER, VOICE_FROM: TWILIO_SENDER },
    texts: () => [...provider.messages, ...provider.calls].map(textsOf),
    close: provider.close,
  };
}

const TELEGRAM_REPLIES: Record<Behaviour, Parameters<Awaited<ReturnType<typeof telegramServer>>['always']>[0]> = {
  takes: null,
  'refuses the message': refusal(400, `Bad Request: chat not found at ${SECRET}`),
  'refuses the operator': refusal(401, `Unauthorized at ${SECRET}`),
  'is overloaded': refusal(503, `Later at ${SECRET}`),
  'does not answer': 'hang',
};

async function telegramStandIn(behaviour: Behaviour): Promise<StandIn> {
  const server = await telegramServer(SECRET);
  server.always(TELEGRAM_REPLIES[behaviour]);
  return {
    url: server.url,
    settings: { TELEGRAM_BOT_TOKEN: SECRET, TELEGRAM_API_URL: server.url },
    texts: () => server.calls.map(({ fields }) => String(fields['text'])),
    close: server.close,
  };
}
