import { createHash } from 'node:crypto';
import { Agent, createServer, request, type Server } from 'node:http';
import { SMTPServer } from 'smtp-server';
import { listening, pause } from '../../children';
import { type Spread, spread } from '../numbers';
import { BODIES } from '../requests';

const STRAGGLERS_MS = 15_000;

/** The channels whose arrivals are measured; `webhook` is the room of each alert. */
export type Measured = 'webhook' | 'slack' | 'email' | 'sms' | 'voice' | 'ntfy' | 'webpush';

interface Options {
  url: string;
  apiKey: string;
  /** The local ports of all HTTP sinks and of the mail server. */
  sinkPort: number;
  mailPort: number;
  /** Begins the messages of this run; a word of letters, because a voice speaks it. */
  run: string;
  rate: number;
  seconds: number;
  warmUp: number;
  /** The channels that each alert reaches. */
  expected: readonly Measured[];
  /** This channel's provider never answers. */
  hanging?: Measured;
}

interface Result {
  accepted: number;
  /** From the acceptance of an alert to the request of each channel. */
  spreads: Partial<Record<Measured, Spread>>;
}

interface Answer {
  n: number;
  incidentId: string;
  acceptedAt: number;
}

type Heard = (channel: Measured, key: string) => void;

/**
 * Posts alerts that open an incident each, and measures when each channel's sink is called. The sinks are here, so that all
 * times come from one clock; they answer at once, and check nothing.
 */
export async function channels(options: Options): Promise<Result> {
  const { url, apiKey, run, rate, seconds, warmUp, expected } = options;
  const heardAt = new Map<string, number>();
  const heard: Heard = (channel, key) => {
    const one = `${channel} ${key}`;
    if (!heardAt.has(one)) heardAt.set(one, performance.now());
  };
  const sinks = await openSinks(options, heard);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const posting: Promise<Answer | null>[] = [];
  const started = performance.now();
  for (let n = 0; n < warmUp + rate * seconds; n++) {
    const dueMs = started + (n * 1_000) / rate - performance.now();
    if (dueMs > 0) await pause(dueMs);
    posting.push(post(agent, { url, apiKey, run, n }));
  }
  const answers = (await Promise.all(posting)).slice(warmUp).filter((answer) => answer !== null);
  const timeOf = (channel: Measured, { n, incidentId }: Answer) =>
    heardAt.get(`${channel} ${channel === 'webpush' ? topicOf(incidentId) : n}`);
  const missing = () =>
    answers.some((answer) => expected.some((channel) => channel !== options.hanging && !timeOf(channel, answer)));
  for (const until = performance.now() + STRAGGLERS_MS; missing() && performance.now() < until; ) await pause(50);
  await sinks.close();
  agent.destroy();
  const spreads = expected.map((channel) => {
    const times = answers.flatMap((answer) => {
      const at = timeOf(channel, answer);
      return at === undefined ? [] : [at - answer.acceptedAt];
    });
    return [channel, spread(times)] as const;
  });
  return { accepted: answers.length, spreads: Object.fromEntries(spreads) };
}

/** The header by which a push service replaces messages of one incident. */
const topicOf = (incidentId: string): string =>
  createHash('sha256').update(incidentId).digest('base64url').slice(0, 32);

async function openSinks({ sinkPort, mailPort, run, hanging }: Options, heard: Heard) {
  const numberIn = (text: string): string | undefined => new RegExp(`Condition ${run}-(\\d+)`).exec(text)?.[1];
  const web = createServer(async (req, res) => {
    const channel = channelAt(req.url ?? '');
    const body = await textOf(req);
    const text = channel === 'sms' || channel === 'voice' ? new URLSearchParams(body).toString() : body;
    const key = channel === 'webpush' ? String(req.headers['topic']) : numberIn(decoded(text));
    if (key !== undefined) heard(channel, key);
    if (channel === hanging) return;
    res.writeHead(201, { 'content-type': 'application/json' }).end(ANSWERS[channel] ?? '{}');
  });
  const mail = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    async onData(stream, _session, callback) {
      const key = numberIn(await textOf(stream));
      if (key !== undefined) heard('email', key);
      callback();
    },
  });
  mail.on('error', () => {});
  await Promise.all([listening<Server>(web, sinkPort), listening(mail, mailPort)]);
  return {
    async close() {
      web.closeAllConnections();
      await Promise.all([
        new Promise((done) => web.close(done)),
        new Promise<void>((done) => mail.close(() => done())),
      ]);
    },
  };
}

const SID = `SM${'0'.repeat(32)}`;
const ANSWERS: Partial<Record<Measured, string>> = {
  sms: JSON.stringify({ sid: SID, status: 'queued' }),
  voice: JSON.stringify({ sid: SID, status: 'queued' }),
  ntfy: JSON.stringify({ id: 'm1', event: 'message' }),
  slack: 'ok',
};

/** Each channel has a path of its own at the one port. */
function channelAt(path: string): Measured {
  if (path.endsWith('/Messages.json')) return 'sms';
  if (path.endsWith('/Calls.json')) return 'voice';
  const [, first = ''] = path.split('/');
  return first === 'push' ? 'webpush' : first === 'slack' ? 'slack' : first === 'hook' ? 'webhook' : 'ntfy';
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function post(agent: Agent, of: Pick<Options, 'url' | 'apiKey' | 'run'> & { n: number }): Promise<Answer | null> {
  const { url, apiKey, run, n } = of;
  return new Promise((resolve, reject) => {
    const headers = { 'X-API-Key': apiKey, 'Content-Type': 'application/json' };
    const outgoing = request(`${url}/api/v1/alerts`, { method: 'POST', agent, headers }, async (incoming) => {
      const answer = JSON.parse(await textOf(incoming));
      const taken = incoming.statusCode === 201 && typeof answer.incident_id === 'string';
      resolve(taken ? { n, incidentId: answer.incident_id, acceptedAt: performance.now() } : null);
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(BODIES.apart(run, n)));
  });
}
