import { Agent, createServer, request } from 'node:http';
import { spread } from '../numbers.mjs';
import { BODIES } from '../requests.mjs';

const STRAGGLERS_MS = 10_000;

/**
 * Posts at a steady pace, hears the webhooks itself (one clock for both ends), and tells how long after each alert was
 * accepted its webhook came. What came in the first `warmUp` alerts is not counted.
 */
export async function paced({ url, apiKey, sinkPort, run, rate, seconds, warmUp }) {
  const heard = new Map();
  const sink = await listen(sinkPort, (incidentId) => {
    if (!heard.has(incidentId)) heard.set(incidentId, performance.now());
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const posting = [];
  const started = performance.now();
  for (let n = 0; n < warmUp + rate * seconds; n++) {
    const dueMs = started + (n * 1_000) / rate - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    posting.push(post(agent, `${url}/api/v1/alerts`, apiKey, BODIES.apart(run, n)));
  }
  const answers = (await Promise.all(posting)).slice(warmUp);
  const accepted = answers.filter(({ status, incidentId }) => status === 201 && incidentId !== null);
  const allHeard = () => accepted.every(({ incidentId }) => heard.has(incidentId));
  for (const until = performance.now() + STRAGGLERS_MS; !allHeard() && performance.now() < until; )
    await new Promise((resolve) => setTimeout(resolve, 50));
  sink.close();
  sink.closeAllConnections();
  agent.destroy();
  const told = accepted.filter(({ incidentId }) => heard.has(incidentId));
  return {
    sent: answers.length,
    accepted: accepted.length,
    told: told.length,
    answer: spread(answers.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
    fromAccepted: spread(told.map(({ incidentId, answeredAt }) => heard.get(incidentId) - answeredAt)),
    fromSent: spread(told.map(({ incidentId, sentAt }) => heard.get(incidentId) - sentAt)),
  };
}

async function listen(port, onIncident) {
  const server = createServer(async (incoming, outgoing) => {
    const { incident_id } = JSON.parse(await textOf(incoming));
    onIncident(incident_id);
    outgoing.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

function post(agent, url, apiKey, body) {
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

async function textOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
