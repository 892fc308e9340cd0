import { parseJson } from '../../kernel/http/jsonScanner';
import { invalid, Problem } from '../../kernel/ports/problem';
import { type FormatId, reportEndpointsOf } from '../contract/formats';
import type { AlertEvent, FormatRequest, ReportEndpoint } from '../formats/format';
import type { Mapper } from '../mapping/mapper';
import type { IntegrationRow } from '../store/integrations';

/** Reads a payload as the endpoint of an integration does, without its key. */

/** A payload that a test sends, and the endpoint to which the tool would send it. */
interface Sent {
  payload?: unknown;
  endpoint?: string | undefined;
  params: Record<string, string>;
  query: Record<string, string>;
}

/**
 * The events of a payload, as the format reads them.
 * @throws Problem `invalid` that names the field of the payload, with the answer of the vendor's API as `vendor`
 */
export async function eventsIn(
  mapper: Pick<Mapper, 'values'>,
  integration: IntegrationRow,
  sent: Sent,
  { requestId, receivedAt }: Pick<FormatRequest, 'requestId' | 'receivedAt'>,
): Promise<AlertEvent[]> {
  const endpoint = endpointOf(integration.format, sent.endpoint);
  const body = bodyOf(sent.payload);
  const { params, query } = sent;
  try {
    const mapped = endpoint.mapped === true ? await mapper.values('preview', integration.mapping, body) : undefined;
    return endpoint.read({ ...{ params, query, headers: {} }, requestId, receivedAt, body, mapped }).events;
  } catch (error) {
    throw refusal(endpoint, error, requestId);
  }
}

/** @throws Problem `invalid` if the format has no such endpoint that reports alerts */
function endpointOf(id: FormatId, name: string | undefined): ReportEndpoint {
  const reporting = reportEndpointsOf(id);
  const found = reporting.find((endpoint) => name === undefined || endpoint.name === name);
  if (found !== undefined) return found;
  const names = reporting.flatMap((endpoint) => endpoint.name ?? []);
  throw invalid([{ path: 'endpoint', message: `Must be one of ${names.join(', ')}` }]);
}

/** A text is the body as it is sent, so that its errors of JSON are found. */
function bodyOf(payload: unknown): unknown {
  if (payload === undefined) throw invalid([{ path: 'payload', message: 'Required' }]);
  if (typeof payload !== 'string') return payload;
  try {
    return parseJson(payload);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw invalid([{ path: 'payload', message: error.detail }]);
  }
}

/** The format's refusal with the paths of this operation. */
function refusal({ refuse }: ReportEndpoint, error: unknown, requestId: string): unknown {
  if (error instanceof RangeError) {
    return invalid([{ path: 'payload', message: 'The body is nested too deeply' }]);
  }
  if (!(error instanceof Problem) || error.kind !== 'invalid') return error;
  const faults = (error.extra['errors'] ?? []) as { path: string; message: string }[];
  const placed = faults.map(({ path, message }) => ({ path: path === '' ? 'payload' : `payload.${path}`, message }));
  const { status, body } = refuse?.(error, requestId) ?? {};
  const problem = invalid(placed);
  return status === undefined
    ? problem
    : new Problem('invalid', problem.detail, { ...problem.extra, vendor: { status, body } });
}
