import type { Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import * as z from 'zod';
import { escapeHtml } from '../../kernel/escapeHtml';
import { type Dial, outgoingFailureOf } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { defineChannel, LINK_WORDS, type Message, shortened, subjectOf, UrlSetting } from './channel';
import { headersOf } from './emailHeaders';
import { type SmtpPhase, smtpPhases } from './smtpPhases';

const CONNECTIONS = 8;
const WORDS_LENGTH = 200;
const TEXT_LENGTH = 5_000;
const SENDER = 'Tocsin <tocsin@localhost>';

/** One mailbox: no list, no display name, and no character that can end a header. */
const MAILBOX = /^[^\s@<>()[\],;:"\\\p{C}]{1,64}@[^\s@<>()[\],;:"\\\p{C}]{1,190}$/u;

/** E-mail by the operator's own server. */
export const email = defineChannel({
  id: 'email',
  title: 'E-mail',
  settings: {
    SMTP_URL: {
      schema: UrlSetting,
      fallback: '',
      means:
        'Mail server, such as smtp://user:password@mail.example.com:587; `?requireTLS=true` at its end refuses one without TLS',
      secret: true,
    },
    MAIL_FROM: { schema: z.string().default(SENDER), fallback: SENDER, means: 'Sender of e-mail' },
  },
  needs: 'SMTP_URL with MAIL_FROM',
  setup: 'Set SMTP_URL and MAIL_FROM.',
  address: {
    kind: 'email',
    people: true,
    hint: 'An e-mail address.',
    example: { text: 'ada@example.com', shown: 'ada@example.com' },
    ignoresCase: true,
    accepts: (address) => MAILBOX.test(address),
  },
  threads: true,
  limits: { text: TEXT_LENGTH },
  accepted: 'The mail server takes the message (250)',
  server: { protocol: 'smtp', setting: 'SMTP_URL' },
  configured: ({ SMTP_URL }) => SMTP_URL !== undefined,
  open: ({ SMTP_URL }, timeoutMs, dial) => (SMTP_URL === undefined ? null : openServer(SMTP_URL, timeoutMs, dial)),
  senders: ({ MAIL_FROM }) => [/<([^<>]+)>\s*$/.exec(MAIL_FROM)?.[1] ?? MAIL_FROM],
  close: (server) => server?.transport.close(),
  async send(message, { settings: { MAIL_FROM }, connection: server, timeoutMs, publicUrl }) {
    const mail = { ...mailOf(message, MAIL_FROM, publicUrl), signal: AbortSignal.timeout(timeoutMs) };
    const phaseOf = server?.phases.follow(mail.messageId);
    try {
      const sent = await server?.transport.sendMail(mail);
      return { outcome: 'sent', receipt: sent?.messageId ?? null, channel: 'working' };
    } catch (error) {
      return failureOf(error, phaseOf?.() ?? 'queued');
    } finally {
      server?.phases.forget(mail.messageId);
    }
  },
});

function mailOf(message: Message, mailFrom: string, publicUrl: string) {
  return {
    from: mailFrom,
    to: { name: '', address: message.recipient },
    subject: message.thread?.subject ?? subjectOf(message),
    text: textOf(message),
    html: htmlOf(message),
    date: message.at,
    ...headersOf(message, mailFrom, publicUrl),
    ...(message.calendar !== undefined && {
      icalEvent: { method: 'PUBLISH', filename: 'shift.ics', content: message.calendar },
    }),
  };
}

function openServer(url: string, timeoutMs: number, dial?: Dial) {
  const phases = smtpPhases();
  const transport = createTransport({
    url: dial === undefined ? url : withoutProxy(url),
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: phases.logger,
    ...(dial !== undefined && { getSocket: socketBy(dial, timeoutMs) }),
  });
  return { transport, phases };
}

/** A proxy that a user entered could lead into the private network. */
function withoutProxy(url: string): string {
  const parsed = new URL(url);
  parsed.searchParams.delete('proxy');
  return parsed.href;
}

interface ServerAddress {
  host?: string;
  port?: number;
  secure?: boolean;
}
type GotSocket = (error: Error | null, options?: { connection: Socket }) => void;

/** Lets the mailer use connections that lead to no private network. */
const socketBy =
  (dial: Dial, timeoutMs: number) =>
  ({ host = 'localhost', port, secure = false }: ServerAddress, got: GotSocket): void => {
    dial(host, Number(port) || (secure ? 465 : 587), timeoutMs).then((connection) => got(null, { connection }), got);
  };

interface SmtpError {
  code?: string;
  /** The phase of the session that failed: `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`, … */
  command?: string;
  responseCode?: number;
  response?: string;
  message?: string;
}

/** Answers about the log-in, which some servers give only to RCPT or DATA (RFC 4954 §6). */
const LOGIN_CODES = [530, 534, 535, 538];

/**
 * Only a 5xx answer to this recipient or this message is permanent. A failed connection, greeting, TLS handshake, log-in
 * or sender is a fault of the channel, and the next attempt can succeed. A 4xx answer to the recipient or the message,
 * 421 included, is no fault of the channel. A server that stops answering after the log-in is one only if it does so for
 * several recipients: one mailbox that hangs must not mark the channel as failing for everyone. The server's own answer
 * is the reason if there is one; our reasons name no address.
 */
function failureOf(error: unknown, phase: SmtpPhase): Outcome {
  const { code, command = '', responseCode, response, message = '' } = error as SmtpError;
  if (responseCode !== undefined) {
    const reason = answerIn(response, responseCode);
    const ofMessage = (command === 'RCPT TO' || command === 'DATA') && !LOGIN_CODES.includes(responseCode);
    if (!ofMessage) return { outcome: 'failed', reason, permanent: false, channel: 'failing' };
    if (responseCode < 500) return { outcome: 'failed', reason, permanent: false };
    return { outcome: 'failed', reason, permanent: true, channel: 'working' };
  }
  if (code === 'ADDRESS_REFUSED') {
    return { outcome: 'failed', reason: 'address_refused', permanent: false, slowly: true, channel: 'failing' };
  }
  // The mailer refused the message itself, before it sent anything or because of what the server announced.
  if (code === 'EENVELOPE' && !message.startsWith('Invalid sender')) {
    return { outcome: 'failed', reason: 'invalid_recipient', permanent: true };
  }
  if (code === 'EMESSAGE') return { outcome: 'failed', reason: 'message_too_large', permanent: true };
  // The mailer replaces the code of the socket, which only its message still names.
  const socketCode = /\bE[A-Z]{4,}\b/.exec(message)?.[0];
  const reason = SMTP_SILENCES[code ?? ''] ?? outgoingFailureOf({ code: socketCode });
  return { outcome: 'failed', reason, permanent: false, ...HEALTH_OF_SILENCE[phase] };
}

/** What the missing answer of a server in each phase means for the channel. */
const HEALTH_OF_SILENCE: Record<SmtpPhase, Pick<Outcome, 'channel'>> = {
  queued: {},
  session: { channel: 'failing' },
  message: { channel: 'suspect' },
};

/** The answer of the server, on one line. */
function answerIn(response: string | undefined, code: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the answer of a server is shown on one line.
  const words = (response ?? '').toWellFormed().replace(/[\u0000-\u001f\u007f]+/g, ' ');
  return shortened(`SMTP ${words === '' ? code : words}`, WORDS_LENGTH);
}

const SMTP_SILENCES: Record<string, string> = {
  EABORT: 'timeout',
  ETIMEDOUT: 'timeout',
  EDNS: 'name_not_found',
  ETLS: 'tls_failed',
  EAUTH: 'authentication_failed',
  ECONNECTION: 'connection_lost',
  EENVELOPE: 'invalid_sender',
};

function textOf({ text, links, sourceLinks }: Message): string {
  const lines = [shortened(text, TEXT_LENGTH)];
  if (links.acknowledge !== undefined) lines.push(`Acknowledge: ${links.acknowledge}`);
  if (links.view !== undefined) lines.push(`View incident: ${links.view}`);
  for (const { kind, url } of sourceLinks) lines.push(`${LINK_WORDS[kind]}: ${url}`);
  return lines.join('\n\n');
}

function htmlOf({ text, links, sourceLinks }: Message): string {
  const link = (label: string, url: string | undefined) =>
    url === undefined ? '' : `<p><a href="${escapeHtml(url)}">${label}</a></p>`;
  return [
    `<p style="white-space:pre-wrap">${escapeHtml(shortened(text, TEXT_LENGTH))}</p>`,
    link('Acknowledge', links.acknowledge),
    link('View incident', links.view),
    ...sourceLinks.map(({ kind, url }) => link(LINK_WORDS[kind], url)),
  ].join('');
}
