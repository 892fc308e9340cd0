import type { AlertsContract } from '../src/alerts/contract';
import type { GatewayContract } from '../src/gateway/contract';
import type { IncidentsContract } from '../src/incidents/contract';
import type { Access, Contract, Port } from '../src/kernel/ports/contract';
import { type FieldFault, Problem, type ProblemKind } from '../src/kernel/ports/problem';
import type { NotifyContract } from '../src/notify/contract';
import type { OncallContract } from '../src/oncall/contract';
import { withBase } from './base';
import { type Asked, operations } from './operations';

/**
 * The whole API layer. Inputs and outputs are those of the modules' contracts. The session cookie identifies the
 * caller, so these ports take none.
 */
export type BrowserPort<C extends Contract> = {
  [K in keyof C]: (input: Parameters<Port<C>[K]>[0]) => ReturnType<Port<C>[K]>;
};

export interface Ports {
  alerts: BrowserPort<AlertsContract>;
  incidents: BrowserPort<IncidentsContract>;
  oncall: BrowserPort<OncallContract>;
  notify: BrowserPort<NotifyContract>;
  gateway: BrowserPort<GatewayContract>;
}

const DEADLINE_MS = 15_000;
/** The header of the service worker on a stored answer: the instant of that answer. */
const SEEN_AT = 'x-seen-at';

/** Called for each answer: it shows that the connection works, and how old the data is. */
export interface Listener {
  refused(problem: Problem): void;
  /** `seenAt` is null for a fresh answer, else the instant of a stored one. */
  answered(seenAt: string | null, path: string): void;
}

let listener: Listener = { refused: () => {}, answered: () => {} };
export const listenToAnswers = (to: Listener): void => {
  listener = to;
};

async function ask([method, path]: Asked, input: Record<string, unknown>): Promise<unknown> {
  const { url, body } = requestOf(method, path, input);
  const waitMs = Number(input['wait_ms'] ?? 0);
  const response = await fetch(withBase(url), {
    method,
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(DEADLINE_MS + waitMs),
  }).catch(() => {
    throw new Problem('unavailable', 'The server cannot be reached.', { offline: true });
  });
  if (response.status === 204) return undefined;
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw refused(problemIn(answer, response));
  listener.answered(response.headers.get(SEEN_AT), path);
  return answer;
}

function requestOf(method: string, path: string, input: Record<string, unknown>): { url: string; body?: string } {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const url = path.replace(/:(\w+)/g, (_, name: string) => {
    rest.delete(name);
    return encodeURIComponent(String(input[name]));
  });
  if (method !== 'GET' && method !== 'DELETE') return { url, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams([...rest].map(([name, value]): [string, string] => [name, String(value)]));
  return { url: query.size === 0 ? url : `${url}?${query}` };
}

function refused(problem: Problem): Problem {
  listener.refused(problem);
  return problem;
}

/** The problem of the server, with its request id. A response that is not from our server is `unavailable`. */
function problemIn(answer: unknown, response: Response): Problem {
  const { type, detail, title: _title, status: _status, ...extra } = (answer ?? {}) as Record<string, unknown>;
  const requestId = response.headers.get('x-request-id');
  const kind = String(type).replace('urn:tocsin:problem:', '') as ProblemKind;
  if (typeof detail !== 'string') return new Problem('unavailable', `The server answered ${response.status}.`, {});
  return new Problem(kind, detail, { ...(requestId !== null && { request_id: requestId }), ...extra });
}

export const isProblem = (error: unknown): error is Problem => error instanceof Problem;
/** Any thrown value as the error that pages show. */
export const problemOf = (error: unknown): Problem =>
  isProblem(error) ? error : new Problem('internal', error instanceof Error ? error.message : String(error));
export const requestIdOf = ({ extra }: Problem): string | null => (extra['request_id'] as string | undefined) ?? null;
export const isOffline = ({ extra }: Problem): boolean => extra['offline'] === true;
/** Errors by the name of their field. */
export const faultsOf = ({ extra }: Problem): Record<string, string> =>
  Object.fromEntries(((extra['errors'] ?? []) as FieldFault[]).map(({ path, message }) => [path, message]));

const portOf = (module: string): never =>
  Object.fromEntries(
    Object.entries(operations[module] ?? {}).map(([name, op]) => [
      name,
      (input: Record<string, unknown>) => ask(op, input),
    ]),
  ) as never;

/** The ports of this page. A test passes its own (`answerWith`), typed by the same contracts. */
export let ports: Ports = {
  alerts: portOf('alerts'),
  incidents: portOf('incidents'),
  oncall: portOf('oncall'),
  notify: portOf('notify'),
  gateway: portOf('gateway'),
};

/** A fake needs only the operations that its test uses; any other throws with its name. */
export function answerWith(fakes: { [M in keyof Ports]?: Partial<Ports[M]> }): void {
  const strict = (module: string, fake: object | undefined) =>
    new Proxy(fake ?? {}, {
      get: (target, name) =>
        Reflect.get(target, name) ??
        (() => Promise.reject(new Problem('internal', `No fake answers ${module}.${String(name)}.`))),
    }) as never;
  ports = Object.fromEntries(
    Object.keys(operations).map((name) => [name, strict(name, fakes[name as keyof Ports])]),
  ) as never;
}

/** The roles that may use an operation, by its contract; other roles see no button for it. */
export function accessOf(module: keyof Ports, name: string): Access {
  const operation = operations[module]?.[name];
  return operation === undefined ? 'internal' : (operation[2] ?? 'viewer');
}
