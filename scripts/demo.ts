/**
 * `npm run demo`: fills a running server with teams, schedules, services and about three minutes of realistic alerts;
 * `-- --fast` does the same in seconds. Safe to repeat: existing data is not changed.
 * Environment: API_KEY (the key that `npm start` printed), URL (default http://localhost:8080).
 */
import { pause } from './children';
import { type Act, PEOPLE, SCHEDULES, SERVICES, STORY } from './demo/story';
import { SERVER_URL } from './server';

/** How many times faster `--fast` is. */
const FAST = 30;
const TRIES = 5;
const MOST_SECONDS_TO_WAIT = 60;

/** An error that the user can fix; printed as one sentence. */
class Trouble extends Error {}

interface Answer<T> {
  status: number;
  /** In seconds. */
  retryAfter: number;
  body: T & { detail?: string };
}

/** Sends a request; repeats it if the server is busy. Statuses of `expected` are not errors. */
async function ask<T>(method: string, path: string, body?: unknown, expected: number[] = []): Promise<Answer<T>> {
  for (let tries = 1; ; tries++) {
    const answer = await send<T>(method, path, body);
    if ((answer.status === 429 || answer.status === 503) && tries <= TRIES) {
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

async function send<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const headers = { 'X-API-Key': process.env['API_KEY'] ?? '', 'Content-Type': 'application/json' };
  try {
    const request = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(SERVER_URL + path, request);
    const text = await response.text();
    const retryAfter = Math.min(Number(response.headers.get('retry-after')) || 1, MOST_SECONDS_TO_WAIT);
    return { status: response.status, retryAfter, body: text === '' ? null : JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) throw new Trouble(`What answers at ${SERVER_URL} is no Tocsin.`);
    throw new Trouble(`Nothing answers at ${SERVER_URL}: start it with npm start, or set URL.`);
  }
}

/** The values of `field` in a list of the API. */
async function namesAt<F extends string>(path: string, field: F): Promise<Set<string>> {
  const { body } = await ask<Record<F, string>[]>('GET', path);
  return new Set(body.map((each) => each[field]));
}

async function setUp(): Promise<void> {
  const people = await namesAt('/api/v1/people', 'email');
  for (const { email, ...person } of PEOPLE.filter((each) => !people.has(each.email))) {
    await ask('PUT', `/api/v1/people/${email}`, person);
    console.log(`person    ${person.name} (${person.time_zone})`);
  }
  const scheduled = await namesAt('/api/v1/schedules', 'team');
  for (const schedule of SCHEDULES.filter(({ team }) => !scheduled.has(team))) {
    await ask('POST', '/api/v1/schedules', schedule);
    console.log(`schedule  ${schedule.team}, ${schedule.rotation_type}, ${schedule.members.length} members`);
  }
  const owned = await namesAt('/api/v1/services', 'service');
  for (const [service, team] of Object.entries(SERVICES).filter(([name]) => !owned.has(name))) {
    await ask('PUT', `/api/v1/services/${service}`, { team });
    console.log(`service   ${service} belongs to ${team}`);
  }
}

/** The incident of each scene: the incident of its first alert. */
const incidents = new Map<string, string>();

interface Accepted {
  incident_id: string | null;
  deduplicated: boolean;
  action: string;
}
interface Incident {
  id: string;
  title: string;
  status: string;
}
interface Summary {
  open: number;
  acknowledged: number;
  in_progress: number;
  resolved: number;
}

/** Executes an act and returns a line about it. */
async function perform(act: Act): Promise<string> {
  const id = incidents.get(act.scene);
  const path = `/api/v1/incidents/${id}`;
  if (act.kind === 'alert') {
    const { alert, scene } = act;
    const { body } = await ask<Accepted>('POST', '/api/v1/alerts', alert);
    if (body.incident_id !== null) incidents.set(scene, body.incident_id);
    const what = body.deduplicated ? 'again' : body.action === 'new_incident' ? 'opens' : 'joins';
    return `${alert.severity.padEnd(8)}  ${alert.service}: ${alert.message}  → ${what} ${short(body.incident_id)}`;
  }
  if (act.kind === 'note') {
    const { author, content } = act;
    await ask('POST', `${path}/notes`, { author, content });
    return `${short(id)} ${author}: ${content}`;
  }
  const { status, notes } = act;
  const answer = await ask<Incident>('PATCH', path, { status, notes }, [409]);
  if (answer.status === 409) return `${short(id)} stays: ${answer.body.detail}`;
  const { body } = answer;
  return `${short(body.id)} ${body.title} is ${body.status}${notes ? `: ${notes}` : ''}`;
}

const short = (id: string | null | undefined): string => id?.slice(0, 8) ?? 'an incident that follows';

async function performAll(speed: number): Promise<void> {
  const startedMs = Date.now();
  for (const act of STORY) {
    await pause(startedMs + (act.at * 1_000) / speed - Date.now());
    // After an outage of a module the incident can still be unknown.
    if (act.kind !== 'alert' && !incidents.has(act.scene)) continue;
    const line = await perform(act);
    const [minute, second] = [Math.floor(act.at / 60), act.at % 60].map((part) => String(part).padStart(2, '0'));
    console.log(`${minute}:${second}  ${act.kind.padEnd(6)}  ${line}`);
  }
}

async function run(): Promise<void> {
  try {
    if (!process.env['API_KEY']?.trim())
      throw new Trouble('Set API_KEY to the key that npm start printed: API_KEY=… npm run demo');
    await setUp();
    await performAll(process.argv.includes('--fast') ? FAST : 1);
    const { body } = await ask<Summary>('GET', '/api/v1/incidents/stats/summary');
    console.log(
      `\nIncidents: ${body.open} open, ${body.acknowledged} acknowledged, ${body.in_progress} in progress, ` +
        `${body.resolved} resolved. See ${SERVER_URL}/`,
    );
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

void run();
