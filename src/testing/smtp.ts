import type { AddressInfo, Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  /** Sender and recipients of the SMTP envelope. */
  envelope: { from: string; to: string[] };
  /** Whether the session was encrypted. */
  secure: boolean;
  raw: string;
  parsed: ParsedMail;
}

export interface SmtpSink {
  url: string;
  mails: Mail[];
  /** Refuses the next recipients with these SMTP codes, one each. */
  refuse(...codes: number[]): void;
  /** Ends all sessions and refuses every log-in, or accepts them again. */
  refuseLogIns(refuse: boolean): void;
  /** Never answers RCPT for these addresses, and calls back each time. */
  hangFor(addresses: string[], callback: () => void): void;
  clear(): void;
  close(): Promise<void>;
}

interface SmtpOptions {
  /** Accepts any user and password. */
  logIn?: boolean;
  /** TLS by a certificate that no one signed: from the first byte, or after STARTTLS. */
  tls?: 'at once' | 'starttls';
}

/** A real SMTP server on loopback that records mail. */
export async function smtpSink({ logIn = false, tls }: SmtpOptions = {}): Promise<SmtpSink> {
  const mails: Mail[] = [];
  let refusals: number[] = [];
  let hanging: string[] = [];
  let hung = (): void => {};
  let refusesLogIns = false;
  const server = new SMTPServer({
    secure: tls === 'at once',
    disabledCommands: [...(logIn ? [] : ['AUTH']), ...(tls === 'starttls' ? [] : ['STARTTLS'])],
    allowInsecureAuth: logIn,
    onAuth({ username }, _session, callback) {
      if (!refusesLogIns) return callback(null, { user: username });
      callback(Object.assign(new Error('Authentication failed'), { responseCode: 535 }));
    },
    logger: false,
    onRcptTo({ address }, _session, callback) {
      if (hanging.includes(address)) return hung();
      const code = refusals.shift();
      if (code === undefined) return callback();
      callback(Object.assign(new Error('This mailbox does not want it'), { responseCode: code }));
    },
    onData(stream, { envelope, secure }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks);
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ envelope: { from, to }, secure, raw: raw.toString('utf8'), parsed: await simpleParser(raw) });
        callback();
      });
    },
  });
  server.on('error', () => {});
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `${tls === 'at once' ? 'smtps' : 'smtp'}://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    refuse: (...codes) => {
      refusals = codes;
    },
    refuseLogIns: (refuse) => {
      refusesLogIns = refuse;
      for (const socket of sockets) socket.destroy();
    },
    hangFor: (addresses, callback) => {
      hanging = addresses;
      hung = callback;
    },
    clear() {
      mails.length = 0;
      refusals = [];
      hanging = [];
      refusesLogIns = false;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
