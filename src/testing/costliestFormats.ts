import { type FormatRoute, formatRoutes } from '../alerts/contract/formats';
import { FORMATS } from '../alerts/formats';
import type { Format, Sample } from '../alerts/formats/format';
import { call, type Make, type Request, send } from './costliest';
import type { Harness } from './harness';

/** The costliest request at every path of every format, made from the samples of the format. */

const formats: readonly Format[] = FORMATS;
const LARGEST = 1024 * 1024;
/** Longer lists take no longer at a time, because they are read in slices. */
const LONGEST_LIST = 2_000;
const LONGEST_ARRAY = 500;

const formatOf = ({ endpoint }: FormatRoute): Format =>
  formats.find(({ endpoints }) => endpoints.includes(endpoint)) as Format;

function sampleOf({ endpoint }: FormatRoute, { endpoints, samples }: Format): Sample {
  const { firing, resolved, others = [] } = samples;
  const isOf = ({ endpoint: name }: Sample) =>
    endpoint === (endpoints.find((one) => one.name === name) ?? endpoints[0]);
  return [firing, resolved, ...others].find(isOf) as Sample;
}

/** The sample with the parameters that a client takes from the answer to the sample `firing`. */
function completed(sample: Sample, first: Record<string, string>): Sample {
  const answered = Object.entries(sample.answered ?? {}).map(([name, field]) => [name, String(first[field])]);
  return { ...sample, params: { ...sample.params, ...Object.fromEntries(answered) } };
}

const filled = (path: string, params: Sample['params'] = {}): string =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? name));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ENTRY = 'é"'.repeat(50);
const ENTRY_BYTES = 300;

/** The same body with so many bytes of unknown fields, shared by all of its objects. */
function widened(body: unknown, bytes: number): unknown {
  const objects = (value: unknown): number =>
    Array.isArray(value)
      ? value.reduce((sum: number, item) => sum + objects(item), 0)
      : isObject(value)
        ? 1 + objects(Object.values(value))
        : 0;
  const each = Math.floor(bytes / ENTRY_BYTES / Math.max(1, objects(body)));
  const more = Object.fromEntries(Array.from({ length: each }, (_, n) => [`field ${n}`, ENTRY]));
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isObject(value)) return value;
    return { ...Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item)])), ...more };
  };
  return walk(body);
}

/** An alert of its own, by its fingerprint and by a label. */
const numbered = (item: unknown, n: number, i: number): unknown => ({
  ...(item as object),
  fingerprint: `${n} ${i}`,
  labels: { ...(item as { labels?: object }).labels, number: `${n} ${i}` },
});

/** The largest body: the longest list, or the most fields. */
function largestBody({ endpoint }: FormatRoute, { body }: Sample, n: number): unknown {
  if (Array.isArray(body)) return Array.from({ length: LONGEST_ARRAY }, (_, i) => numbered(body[0], n, i));
  if (!isObject(body)) return body;
  const { list, largest = LARGEST } = endpoint;
  if (list === undefined) return widened(body, Math.min(LARGEST, largest) * 0.8);
  const [item] = body[list] as Record<string, unknown>[];
  return { ...body, [list]: Array.from({ length: LONGEST_LIST }, (_, i) => numbered(item, n, i)) };
}

/** A request at the integration's own URL. */
function requestOf({ endpoints }: Format, { endpoint: name, params, body }: Sample, base: string): Request {
  const { method, path } = endpoints.find((one) => one.name === name) ?? endpoints[0];
  return send(method, base + filled(path, params), body);
}

async function requestAt(route: FormatRoute, n: number, harness: Harness): Promise<Request> {
  const format = formatOf(route);
  const name = `${route.operation} ${route.path} ${n}`;
  const made = await call(harness, send('POST', '/api/v1/integrations', { name, format: format.id }));
  const { key = '', url = '' } = made;
  const { firing } = format.samples;
  const first = await call(
    harness,
    send('POST', new URL(url).pathname + filled(format.endpoints[0].path, firing.params), firing.body),
  );
  const sample = completed(sampleOf(route, format), first);
  if (sample.before) await call(harness, requestOf(format, sample.before, new URL(url).pathname));
  const { credential } = route;
  const body = largestBody(route, sample, n);
  const keyed = credential.in === 'body' && isObject(body) ? { ...body, [credential.field]: key } : body;
  const query = new URLSearchParams({ ...sample.query, ...(credential.in === 'query' && { [credential.name]: key }) });
  const path = `${filled(route.path, { ...sample.params, key })}?${query}`;
  return { ...send(route.endpoint.method, path, keyed), headers: headersOf(credential, key) };
}

function headersOf(credential: FormatRoute['credential'], key: string): Record<string, string> {
  if (credential.in === 'authorization') return { Authorization: `Bearer ${key}` };
  if (credential.in !== 'header') return {};
  return { [credential.name]: [credential.scheme, key].filter((part) => part !== undefined).join(' ') };
}

/** By name of the operation. */
export const formatRequests: Record<string, Make> = Object.fromEntries(
  formatRoutes.map((route): [string, Make] => [`alerts.${route.name}`, (n, harness) => requestAt(route, n, harness)]),
);
