/**
 * `npm run demo`: fills a running server with teams, schedules, services and about three minutes of believable alerts;
 * `-- --fast` tells the same story in seconds. Safe to repeat: what is there already stays as it is.
 * Environment: API_KEY (the key that `npm start` printed), URL (default http://localhost:8080).
 */
import { PEOPLE, SCHEDULES, SERVICES, STORY } from './demo/story.mjs';

const URL_OF_SERVER = (process.env.URL ?? 'http://localhost:8080').replace(/\/+$/, '');
const FAST = 30;
const PATIENCE = 5;

/** What a person can mend; printed as one sentence. */
class Trouble extends Error {}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks the server, and again where it says that it is busy. Answers `{ status, body }`; refusals of `expected` are answers. */
async function ask(method, path, body, expected = []) {
  for (let tries = 1; ; tries++) {
    const answer = await send(method, path, body);
    if ((answer.status === 429 || answer.status === 503) && tries <= PATIENCE) {
      console.log(`       the server asks to wait ${answer.retryAfter} s`);
      await pause(answer.retryAfter * 1_000);
      continue;
    }
    if (answer.status < 400 || expected.includes(answer.status)) return answer;
    const why = answer.body?.detail ?? 'no reason given';
    if (answer.status === 401 || answer.status === 403) throw new Trouble(`The server refuses this API_KEY: ${why}`);
    throw new Trouble(`${method} ${path} answered ${answer.status}: ${why}`);
  }
}

async function send(method, path, body) {
  const headers = { 'X-API-Key': process.env.API_KEY, 'Content-Type': 'application/json' };
  try {
    const response = await fetch(URL_OF_SERVER + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    const retryAfter = Math.min(Number(response.headers.get('retry-after')) || 1, 60);
    return { status: response.status, retryAfter, body: text === '' ? null : JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) throw new Trouble(`What answers at ${URL_OF_SERVER} is no Tocsin.`);
    throw new Trouble(`Nothing answers at ${URL_OF_SERVER}: start it with npm start, or set URL.`);
  }
}

async function setUp() {
  const people = new Set((await ask('GET', '/api/v1/people')).body.map(({ email }) => email));
  for (const { email, ...person } of PEOPLE.filter((each) => !people.has(each.email))) {
    await ask('PUT', `/api/v1/people/${email}`, person);
    console.log(`person    ${person.name} (${person.time_zone})`);
  }
  const scheduled = new Set((await ask('GET', '/api/v1/schedules')).body.map(({ team }) => team));
  for (const schedule of SCHEDULES.filter(({ team }) => !scheduled.has(team))) {
    await ask('POST', '/api/v1/schedules', schedule);
    console.log(`schedule  ${schedule.team}, ${schedule.rotation_type}, ${schedule.members.length} members`);
  }
  const owned = new Set((await ask('GET', '/api/v1/services')).body.map(({ service }) => service));
  for (const [service, team] of Object.entries(SERVICES).filter(([name]) => !owned.has(name))) {
    await ask('PUT', `/api/v1/services/${service}`, { team });
    console.log(`service   ${service} belongs to ${team}`);
  }
}

/** The incident that each scene's first alert opened or joined. */
const incidents = new Map();

const ACTS = {
  async alert({ scene, alert }) {
    const { body } = await ask('POST', '/api/v1/alerts', alert);
    if (body.incident_id !== null) incidents.set(scene, body.incident_id);
    const what = body.deduplicated ? 'again' : body.action === 'new_incident' ? 'opens' : 'joins';
    return `${alert.severity.padEnd(8)}  ${alert.service}: ${alert.message}  → ${what} ${short(body.incident_id)}`;
  },
  async status({ scene, status, notes }) {
    const { status: answer, body } = await ask('PATCH', path(scene), { status, notes }, [409]);
    if (answer === 409) return `${short(incidents.get(scene))} stays: ${body.detail}`;
    return `${short(body.id)} ${body.title} is ${body.status}${notes ? `: ${notes}` : ''}`;
  },
  async note({ scene, author, content }) {
    await ask('POST', `${path(scene)}/notes`, { author, content });
    return `${short(incidents.get(scene))} ${author}: ${content}`;
  },
};

const path = (scene) => `/api/v1/incidents/${incidents.get(scene)}`;
const short = (id) => (id === null || id === undefined ? 'an incident that follows' : id.slice(0, 8));

async function tell(speed) {
  const started = Date.now();
  for (const act of STORY) {
    await pause(started + (act.at * 1_000) / speed - Date.now());
    // An incident that was not known in time (its module was away) has nobody to act on it.
    if (act.kind !== 'alert' && !incidents.has(act.scene)) continue;
    const line = await ACTS[act.kind](act);
    const [minute, second] = [Math.floor(act.at / 60), act.at % 60].map((part) => String(part).padStart(2, '0'));
    console.log(`${minute}:${second}  ${act.kind.padEnd(6)}  ${line}`);
  }
}

try {
  if (!process.env.API_KEY?.trim())
    throw new Trouble('Set API_KEY to the key that npm start printed: API_KEY=… npm run demo');
  await setUp();
  await tell(process.argv.includes('--fast') ? FAST : 1);
  const { body } = await ask('GET', '/api/v1/incidents/stats/summary');
  console.log(
    `\nIncidents: ${body.open} open, ${body.acknowledged} acknowledged, ${body.in_progress} in progress, ` +
      `${body.resolved} resolved. See ${URL_OF_SERVER}/`,
  );
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
