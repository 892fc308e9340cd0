import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A phase of an SMTP session: the greeting, a command, or the end of the message. */
export type Phase = 'greeting' | 'EHLO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'end';

export interface BrokenSmtp {
  port: number;
  /** How many sessions were opened. */
  sessions: number;
  /** Sets a function that is called each time a client gets no answer (`hang`). */
  onHang(callback: () => void): void;
  close(): Promise<void>;
}

const GOOD: Record<Phase, string> = {
  greeting: '220 mail.example.com ESMTP',
  EHLO: '250-mail.example.com\r\n250 AUTH PLAIN',
  STARTTLS: '220 Go ahead',
  AUTH: '235 2.7.0 Accepted',
  MAIL: '250 2.1.0 Sender ok',
  RCPT: '250 2.1.5 Recipient ok',
  DATA: '354 Go ahead',
  end: '250 2.0.0 Queued',
};

/** A mail server with faulty answers in some phases: `drop` closes the connection, `hang` never answers. */
export async function brokenSmtp(answers: Partial<Record<Phase, string>>): Promise<BrokenSmtp> {
  let hung = (): void => {};
  const server = createServer((socket) => {
    broken.sessions += 1;
    session(socket, { ...GOOD, ...answers }, () => hung());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const broken: BrokenSmtp = {
    port: (server.address() as AddressInfo).port,
    sessions: 0,
    onHang(callback) {
      hung = callback;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return broken;
}

function session(socket: Socket, answers: Record<Phase, string>, hang: () => void): void {
  let inMessage = false;
  let pending = '';
  const reply = (phase: Phase): void => {
    const answer = answers[phase];
    if (answer === 'drop') socket.destroy();
    else if (answer === 'hang') hang();
    else socket.write(`${answer}\r\n`);
  };
  const handleLine = (line: string): void => {
    if (inMessage) {
      if (line !== '.') return;
      inMessage = false;
      reply('end');
      return;
    }
    const verb = line.split(/[ :]/, 1)[0]?.toUpperCase() ?? '';
    if (verb === 'QUIT') socket.end('221 Bye\r\n');
    else if (verb === 'RSET') socket.write('250 Ok\r\n');
    else if (verb in answers) {
      inMessage = verb === 'DATA' && answers.DATA.startsWith('354');
      reply(verb as Phase);
    } else socket.write('502 Unknown command\r\n');
  };
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const lines = (pending + chunk.toString('utf8')).split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines) handleLine(line);
  });
  reply('greeting');
}
