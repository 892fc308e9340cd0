import { Agent, createServer, request, type Server } from 'node:http';
import { listening, pause } from '../../children';
import { type Spread, spread } from '../numbers';
import { BODIES } from '../requests';

const STRAGGLERS_MS = 10_000;

interface Paced {
  url: string;
  apiKey: string;
  /** The local port that receives the product's webhooks. */
  sinkPort: number;
  /** Makes the alerts of this run different from those of others. */
  run: string;
  /** Alerts per second. */
  rate: number;
  seconds: number;
  /** Alerts at the beginning that are not counted, as a warm-up. */
  warmUp: number;
}

interface Timings {
  sent: number;
  accepted: number;
  /** Number of received webhooks. */
  told: number;
  answer: Spread;
  fromAccepted: Spread;
  fromSent: Spread;
}

/** Times are those of `performance.now()`. */
interface Answer {
  status: number | undefined;
  incidentId: string | null;
  sentAt: number;
  answeredAt: number;
}

/**
 * Posts at a steady pace and measures the time from the acceptance of each alert to its webhook. It receives the webhooks
 * itself, so that both times come from one clock.
 */
export async function paced({ url, apiKey, sinkPort, run, rate, seconds, warmUp }: Paced): Promise<Timings> {
  const heard = new Map<string, number>();
  const sink = await listen(sinkPort, (incidentId) => {
    if (!heard.has(incidentId)) heard.set(incidentId, performance.now());
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const posting: Promise<Answer>[] = [];
  const started = performance.now();
  for (let n = 0; n < warmUp + rate * seconds; n++) {
    const dueMs = started + (n * 1_000) / rate - performance.now();
    if (dueMs > 0) await pause(dueMs);
    posting.push(post(agent, `${url}/api/v1/alerts`, apiKey, BODIES.apart(run, n)));
  }
  const answers = (await Promise.all(posting)).slice(warmUp);
  const accepted = answers.filter(({ status, incidentId }) => status === 201 && incidentId !== null);
  const heardAt = ({ incidentId }: Answer) => heard.get(incidentId ?? '');
  const allHeard = () => accepted.every((answer) => heardAt(answer) !== undefined);
  for (const until = performance.now() + STRAGGLERS_MS; !allHeard() && performance.now() < until; ) await pause(50);
  sink.close();
  sink.closeAllConnections();
  agent.destroy();
  const told = accepted.flatMap((answer) => {
    const at = heardAt(answer);
    return at === undefined ? [] : [{ ...answer, heardAt: at }];
  });
  return {
    sent: answers.length,
    accepted: accepted.length,
    told: told.length,
    answer: spread(answers.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
    fromAccepted: spread(told.map((answer) => answer.heardAt - answer.answeredAt)),
    fromSent: spread(told.map((answer) => answer.heardAt - answer.sentAt)),
  };
}

function listen(port: number, onIncident: (id: string) => void): Promise<Server> {
  const server = createServer(async (incoming, outgoing) => {
    const { incident_id } = JSON.parse(await textOf(incoming));
    onIncident(incident_id);
    outgoing.writeHead(204).end();
  });
  return listening(server, port);
}

function post(agent: Agent, url: string, apiKey: string, body: unknown): Promise<Answer> {
  const sentAt = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'X-API-Key': apiKey, 'Content-Type': 'application/json' };
    const outgoing = request(url, { method: 'POST', agent, headers }, async (incoming) => {
      const answer = JSON.parse(await textOf(incoming));
      const incidentId = answer.incident_id ?? null;
      resolve({ status: incoming.statusCode, incidentId, sentAt, answeredAt: performance.now() });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
