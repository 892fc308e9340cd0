import { inSlices } from '../async/slices';
import { type Caller, type Contract, carriesBody, type Operation, type Port, pathNames } from './contract';
import { parseSteps } from './parse';
import { Problem, unavailable } from './problem';

export interface HttpPortOptions {
  /** Headers that identify the caller: `callerHeaders` between processes; none in the browser, which has a session cookie. */
  headers(caller: Caller): Record<string, string>;
  /** Deadline of one call in milliseconds. */
  timeoutMs?: number;
  /** Name of the called module; added to problems of kind `unavailable`. */
  neighbour?: string;
}

const DEADLINE_MS = 5_000;

/**
 * The port of a module in another process. It needs only `fetch`, so the browser can use it too.
 * @throws Problem of the neighbour, or `unavailable` if the neighbour is unreachable, slow or broken
 */
export function httpPort<C extends Contract>(contract: C, baseUrl: string, options: HttpPortOptions): Port<C> {
  const calls = Object.entries(contract).map(([name, op]) => [
    name,
    (input: Record<string, unknown>, caller: Caller) =>
      send(op, name, baseUrl, options, input, caller).catch(naming(options.neighbour)),
  ]);
  return Object.fromEntries(calls) as Port<C>;
}

const PROBE_DEADLINE_MS = 2_000;

/** Checks `/health/ready` of a service. Rejects if it does not answer within 2 s or is not ready. */
export const readinessProbe = (baseUrl: string) => async (): Promise<void> => {
  const init: RequestInit = { redirect: 'error', signal: AbortSignal.timeout(PROBE_DEADLINE_MS) };
  const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/health/ready`, init);
  await response.body?.cancel();
  if (!response.ok) throw unavailable(`A neighbour answered ${response.status}.`);
};

const naming =
  (neighbour: string | undefined) =>
  (error: unknown): never => {
    if (neighbour !== undefined && error instanceof Problem && error.kind === 'unavailable')
      error.neighbour = neighbour;
    throw error;
  };

async function send(
  op: Operation,
  name: string,
  baseUrl: string,
  { headers, timeoutMs = DEADLINE_MS }: HttpPortOptions,
  input: Record<string, unknown>,
  caller: Caller,
): Promise<unknown> {
  const { url, body } = requestOf(op, baseUrl, op.bareList === undefined ? input : { page: 1, ...input });
  const init: RequestInit = {
    method: op.method,
    headers: { ...headers(caller), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
  };
  // For a long poll the wait is added to the deadline.
  const waitMs = Number(input['wait_ms'] ?? 0);
  const response = await attempt(op, url, init, timeoutMs + waitMs).catch(() => {
    throw unavailable(`The neighbour that answers ${name} is unreachable.`);
  });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw Problem.fromJSON(answer, response.status);
  return op.outputIsBuilt ? answer : inSlices(parseSteps(op.output, answer ?? undefined));
}

function requestOf(op: Operation, baseUrl: string, input: Record<string, unknown>): { url: string; body?: string } {
  const inPath = pathNames(op.path);
  const path = op.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(input[key])));
  const rest = Object.entries(input).filter(([key, value]) => !inPath.includes(key) && value !== undefined);
  if (carriesBody(op.method)) return { url: baseUrl + path, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams(rest.map(([key, value]): [string, string] => [key, String(value)])).toString();
  return { url: baseUrl + path + (query === '' ? '' : `?${query}`) };
}

/** Retries reads once, because the server can have closed a kept-alive connection. Commands are retried by jobs instead. */
async function attempt(op: Operation, url: string, init: RequestInit, timeoutMs: number): Promise<Response> {
  const once = () => fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  return op.method === 'GET' ? once().catch(once) : once();
}
