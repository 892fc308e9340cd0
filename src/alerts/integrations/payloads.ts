import { maskText } from '../../kernel/mask';
import type { AlertEvent, ReportEndpoint } from '../formats/format';
import { isRecord } from '../formats/read';

/** The part of a tool's request that is about one event, as it is kept with its alert. */

/** Bytes of a payload that are kept. */
export const PAYLOAD_BYTES = 16 * 1024;
/** UTF-16 units that fit into as many bytes, whatever they are. */
const SURELY_SHORT = PAYLOAD_BYTES / 3;
const MARK = '…';
/** UTF-16 units behind the kept part that are masked too, for a secret at its end. */
const LONGEST_SECRET = 4_096;

/** Part of the name of every secret field. */
const SUSPECT = /passw|secret|token|_?key|authorization|credential/i;
/** Fields whose names suggest a secret. */
const SECRET =
  /("[^"]*(?:passw|secret|token|(?:api|routing|service|integration|access|private)_?key|authorization|credential)[^"]*"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^,}\s]+)/gi;

/** JSON with everything masked that looks like a secret. */
export const maskJson = (text: string): string => maskText(SUSPECT.test(text) ? text.replace(SECRET, '$1"…"') : text);

/** The payload of an event; null if it cannot be written as text. */
export type Part = () => string | null;

/**
 * The part of a request that each event was read from: an item of its list, or the whole request. Events have no part if the
 * format left out items, because it is not known which.
 * @param body as `read` received it
 */
export function partsOf(
  { list }: Pick<ReportEndpoint, 'list'>,
  body: unknown,
  events: readonly AlertEvent[],
): Map<AlertEvent, Part> {
  const items = list === undefined ? body : isRecord(body) ? body[list] : undefined;
  if (body === undefined || (Array.isArray(items) && items.length !== events.length)) return new Map();
  const whole = partOf(body);
  return new Map(events.map((event, at) => [event, Array.isArray(items) ? partOf(items[at]) : whole]));
}

/** Written as text only when it is needed, and once for all events of a request. */
function partOf(value: unknown): Part {
  let text: string | null | undefined;
  return () => {
    if (text === undefined) text = payloadOf(value);
    return text;
  };
}

/**
 * A part as it is kept; null if it is nested deeper than it can be written. It is masked before it is cut, because a part of
 * a secret does not look like one.
 */
function payloadOf(value: unknown): string | null {
  const text = jsonOf(value);
  if (text === null) return null;
  const masked = maskJson(text.slice(0, PAYLOAD_BYTES + LONGEST_SECRET));
  if (masked.length <= SURELY_SHORT) return masked;
  const bytes = Buffer.from(masked, 'utf8');
  if (bytes.length <= PAYLOAD_BYTES) return masked;
  const kept = bytes.subarray(0, PAYLOAD_BYTES - Buffer.byteLength(MARK)).toString('utf8');
  return `${kept.replace(/\ufffd+$/, '')}${MARK}`;
}

function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
