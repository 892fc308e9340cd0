import { breather } from '../../kernel/http/listBody';
import { invalid } from '../../kernel/ports/problem';
import type { AlertEvent, FormatRequest, Reading, ReportEndpoint } from '../formats/format';
import { type Part, partsOf } from './payloads';

/** Items that are read at a time: some milliseconds of work. */
export const AT_ONCE = 50;

/** Events that were read, with the part of the request that each was read from. */
export interface ReadItems {
  events: AlertEvent[];
  parts: Map<AlertEvent, Part>;
}

/**
 * Reads some items of the long list of a request, a few at a time; other requests are served in between.
 * @param request its body is the rest of the request, without items
 * @throws Problem `invalid`
 */
export async function readItems(
  endpoint: Pick<ReportEndpoint, 'list' | 'read'>,
  request: FormatRequest,
  items: readonly unknown[],
): Promise<ReadItems> {
  const read: ReadItems = { events: [], parts: new Map() };
  const breathe = breather();
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const body = { ...(request.body as object), [String(endpoint.list)]: items.slice(at, at + AT_ONCE) };
    const { events } = readBody(endpoint, { ...request, body });
    const parts = partsOf(endpoint, body, events);
    for (const event of events) {
      read.events.push(event);
      const part = parts.get(event);
      if (part !== undefined) read.parts.set(event, part);
    }
    await breathe();
  }
  return read;
}

/** @throws Problem `invalid`, also for a body that is nested deeper than it can be written as text */
export function readBody({ read }: Pick<ReportEndpoint, 'read'>, request: FormatRequest): Reading {
  try {
    return read(request);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid([{ path: '', message: 'The body is nested too deeply' }]);
  }
}
