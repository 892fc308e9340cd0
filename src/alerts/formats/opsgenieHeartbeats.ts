import type { Severity } from '../../kernel/ports/values';
import type { ActionEndpoint, Answer, FormatRequest, FormatTools } from './format';
import type { ToolHeartbeat, ToolHeartbeatInput } from './heartbeats';
import { refuseField, resultAnswer } from './opsgenieAnswers';
import { clip, isRecord } from './read';
import { severityOf } from './severity';

/** Opsgenie's Heartbeat API. A ping is answered as received also if there is no such heartbeat, as the vendor does. */

type Perform = ActionEndpoint['perform'];

const UNITS: Readonly<Record<string, number>> = { minutes: 60, hours: 3_600, days: 86_400 };
const SHORTEST_S = 60;
const LONGEST_S = 366 * 86_400;
const LONGEST_NAME = 200;
const LONGEST_TEXT = 2_000;
const MOST_TAGS = 20;
const PRIORITY: Readonly<Record<Severity, string>> = { critical: 'P1', high: 'P2', medium: 'P3', low: 'P4' };

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? clip(value.trim(), LONGEST_TEXT) : undefined;

function nameOf(value: unknown): string {
  const name = textIn(value);
  if (name === undefined) return refuseField('name', 'Must not be empty');
  return clip(name, LONGEST_NAME);
}

/** The named heartbeat of the path. */
const named = ({ params }: FormatRequest): string => nameOf(params['name']);

function bodyOf({ body }: FormatRequest): Record<string, unknown> {
  if (body === undefined) return {};
  return isRecord(body) ? body : refuseField('', 'The body must be a JSON object');
}

/** @throws Problem `invalid` for an interval that is no positive number of minutes, hours or days */
function periodIn(body: Record<string, unknown>): number | undefined {
  const { interval, intervalUnit = 'minutes' } = body;
  if (interval === undefined || interval === null) return undefined;
  const unit = typeof intervalUnit === 'string' ? UNITS[intervalUnit.toLowerCase()] : undefined;
  if (unit === undefined) return refuseField('intervalUnit', 'Must be minutes, hours or days');
  const seconds = Number(interval) * unit;
  if (typeof interval === 'object' || !(seconds >= SHORTEST_S && seconds <= LONGEST_S)) {
    return refuseField('interval', 'Must be at least a minute and at most 366 days');
  }
  return Math.round(seconds);
}

const teamIn = (owner: unknown): string | undefined =>
  isRecord(owner) ? (textIn(owner['name']) ?? textIn(owner['id']))?.slice(0, 255) : undefined;

function tagsIn(tags: unknown): string[] | undefined {
  if (!Array.isArray(tags)) return undefined;
  return tags.flatMap((tag) => textIn(tag) ?? []).slice(0, MOST_TAGS);
}

/** The given fields; unknown and null ones are ignored. */
function inputIn(body: Record<string, unknown>): Partial<ToolHeartbeatInput> {
  const periodSeconds = periodIn(body);
  const priority = textIn(body['alertPriority']);
  const team = teamIn(body['ownerTeam']);
  const given = {
    description: textIn(body['description']),
    message: textIn(body['alertMessage']),
    tags: tagsIn(body['alertTags']),
  };
  const details = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    ...(periodSeconds !== undefined && { periodSeconds }),
    ...(priority !== undefined && { severity: severityOf(priority).severity }),
    ...(typeof body['enabled'] === 'boolean' && { paused: !body['enabled'] }),
    ...(team !== undefined && { team }),
    details,
  };
}

/** The longest unit in which the interval is a whole number. */
function intervalOf(periodSeconds: number | null): { interval: number; intervalUnit: string } {
  const seconds = periodSeconds ?? (UNITS['days'] as number);
  const unit = ['days', 'hours', 'minutes'].find((each) => seconds % (UNITS[each] as number) === 0) ?? 'minutes';
  return { interval: Math.max(1, Math.round(seconds / (UNITS[unit] as number))), intervalUnit: unit };
}

const shown = ({ name, team, severity, periodSeconds, paused, expired, lastPingAt, details }: ToolHeartbeat) => ({
  ...{ name, description: details.description ?? '', ...intervalOf(periodSeconds) },
  ...{ enabled: !paused, expired, ...(lastPingAt !== null && { lastPingTime: lastPingAt }) },
  ...(team !== null && { ownerTeam: { name: team } }),
  alertMessage: details.message ?? `${name} is expired`,
  ...{ alertTags: details.tags ?? [], alertPriority: PRIORITY[severity] },
});

const unknown = (tools: FormatTools, request: FormatRequest, name: string): Answer =>
  resultAnswer(tools, request, 404, { message: `Heartbeat with name [${name}] does not exist` });

export const pingHeartbeat: Perform = async (tools, request) => {
  await tools.heartbeats.ping(named(request));
  return resultAnswer(tools, request, 202, { result: 'PONG - Heartbeat received' });
};

export const listHeartbeats: Perform = async (tools, request) =>
  resultAnswer(tools, request, 200, { data: { heartbeats: (await tools.heartbeats.all()).map(shown) } });

export const getHeartbeat: Perform = async (tools, request) => {
  const heartbeat = await tools.heartbeats.of(named(request));
  if (heartbeat === null) return unknown(tools, request, named(request));
  return resultAnswer(tools, request, 200, { data: shown(heartbeat) });
};

export const createHeartbeat: Perform = async (tools, request) => {
  const body = bodyOf(request);
  const saved = await tools.heartbeats.save(nameOf(body['name']), inputIn(body));
  return resultAnswer(tools, request, 201, { data: shown(saved) });
};

/** Changes an existing heartbeat. */
const changing =
  (input: (request: FormatRequest) => Partial<ToolHeartbeatInput>): Perform =>
  async (tools, request) => {
    const name = named(request);
    const wanted = input(request);
    if ((await tools.heartbeats.of(name)) === null) return unknown(tools, request, name);
    return resultAnswer(tools, request, 200, { data: shown(await tools.heartbeats.save(name, wanted)) });
  };

export const updateHeartbeat = changing((request) => inputIn(bodyOf(request)));
export const enableHeartbeat = changing(() => ({ paused: false }));
export const disableHeartbeat = changing(() => ({ paused: true }));

export const deleteHeartbeat: Perform = async (tools, request) => {
  const name = named(request);
  if (!(await tools.heartbeats.remove(name))) return unknown(tools, request, name);
  return resultAnswer(tools, request, 200, { result: 'Deleted' });
};
