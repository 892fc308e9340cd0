import { Problem } from '../ports/problem';

/** Bodies of forms, as browsers and some tools send them: `application/x-www-form-urlencoded` and `multipart/form-data`. */

/** A field's text; a list if the form repeats the field. */
export type FormFields = Record<string, string | string[]>;

const MOST_FIELDS = 1_000;
/** RFC 2046, section 5.1.1. */
const LONGEST_BOUNDARY = 70;
const LINE_END = '\r\n';
const HEAD_END = '\r\n\r\n';

/** True for the content type of a form. */
export const isForm = (contentType: string | undefined): boolean =>
  /^\s*(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i.test(contentType ?? '');

/**
 * Reads the body of a form. Files of a multipart form are left out.
 * @throws Problem `malformed` if it is no such form, or has more than 1,000 fields
 */
export function parseForm(contentType: string | undefined, bytes: Buffer): FormFields {
  const pairs = /^\s*multipart\//i.test(contentType ?? '') ? partsOf(contentType ?? '', bytes) : pairsOf(bytes);
  const fields = new Map<string, string | string[]>();
  let count = 0;
  for (const [name, value] of pairs) {
    if (++count > MOST_FIELDS) throw new Problem('malformed', `A form has at most ${MOST_FIELDS} fields.`);
    const before = fields.get(name);
    if (Array.isArray(before)) before.push(value);
    else fields.set(name, before === undefined ? value : [before, value]);
  }
  return Object.fromEntries(fields);
}

type Pairs = Iterable<readonly [string, string]>;

const pairsOf = (bytes: Buffer): Pairs => new URLSearchParams(bytes.toString('utf8'));

/** The texts of a multipart form (RFC 7578). @throws Problem `malformed` */
function* partsOf(contentType: string, bytes: Buffer): Pairs {
  const delimiter = `${LINE_END}--${boundaryOf(contentType)}`;
  // The first delimiter may be without the end of a line before it.
  const body = Buffer.concat([Buffer.from(LINE_END), bytes]);
  let start = body.indexOf(delimiter);
  if (start < 0) throw malformed('its boundary is missing');
  for (;;) {
    const from = start + delimiter.length;
    if (body.toString('latin1', from, from + 2) === '--') return;
    const end = body.indexOf(delimiter, from);
    const part = end < 0 ? null : partOf(body.subarray(from, end));
    if (part === null) throw malformed(end < 0 ? 'its end is missing' : 'a part has no head');
    if (part.name !== null) yield [part.name, part.text];
    start = end;
  }
}

/** @throws Problem `malformed` */
function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain ?? '';
  if (boundary === '' || boundary.length > LONGEST_BOUNDARY) throw malformed('its boundary is missing');
  return boundary;
}

/**
 * A part from the end of its delimiter on.
 * @returns null if it has no head; a name of null if it is a file or has no name
 */
function partOf(part: Buffer): { name: string | null; text: string } | null {
  const headEnd = part.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = part.toString('utf8', 0, headEnd).split(LINE_END);
  const disposition = head.find((line) => /^content-disposition\s*:/i.test(line)) ?? '';
  const isFile = /;\s*filename\*?=/i.test(disposition);
  return { name: isFile ? null : nameOf(disposition), text: part.toString('utf8', headEnd + HEAD_END.length) };
}

/** Browsers write a quote in a name as %22, other clients with a backslash. */
function nameOf(disposition: string): string | null {
  const [, quoted, plain] = /;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition) ?? [];
  const name = quoted?.replace(/\\(.)/g, '$1').replaceAll('%22', '"') ?? plain;
  return name ?? null;
}

const malformed = (why: string): Problem => new Problem('malformed', `The body is not a form: ${why}.`);
