import type { Labels } from '../../kernel/ports/values';

/**
 * A text without characters that Postgres refuses, cut to `max` UTF-16 units and never within a character. Functions of
 * this file cut and never refuse, because an alert must not be lost for a long label.
 */
export function clip(text: string, max: number): string {
  const clean = text.replaceAll('\0', '').toWellFormed();
  if (clean.length <= max) return clean;
  const cut = clean.slice(0, max);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/** The first of some values that is a text and not blank. */
export function firstText(...texts: unknown[]): string | undefined {
  const strings = texts.filter((text) => typeof text === 'string').map((text) => text.replaceAll('\0', ''));
  return strings.find((text) => text.trim() !== '');
}

/** A text or a number as a text; undefined for anything else and for blank texts. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? String(value) : firstText(value)?.trim();

/** The texts and numbers of a list. */
export const textsOf = (list: unknown): string[] =>
  (Array.isArray(list) ? list : []).flatMap((one) => textOf(one) ?? []);

/** True for a JSON object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A JSON object; empty for anything else. */
export const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});

const MOST_LABELS = 64;
const KEY_LENGTH = 128;
const VALUE_LENGTH = 1024;

/** A vendor's labels within the limits of the intake. If there are too many, the first by name are kept. */
export function clipLabels(labels: Record<string, unknown>): Labels {
  const entries = Object.entries(labels)
    .map(([key, value]) => [clip(key, KEY_LENGTH), clipValue(value)] as const)
    .filter(([key, value]) => key !== '' && key !== '__proto__' && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MOST_LABELS);
  return Object.fromEntries(entries) as Labels;
}

const MOST_ANNOTATIONS = 32;
const ANNOTATION_BYTES = 4 * 1024;
const ANNOTATIONS_BYTES = 16 * 1024;

/** The beginning of a text that fits into so many bytes of UTF-8, never cut within a character. */
function clipBytes(text: string, bytes: number): string {
  const clean = clip(text, bytes);
  if (Buffer.byteLength(clean) <= bytes) return clean;
  const cut = Buffer.from(clean).subarray(0, bytes);
  let end = bytes;
  while (end > 0 && ((cut[end - 1] as number) & 0xc0) === 0x80) end--;
  return cut.subarray(0, end - 1).toString('utf8');
}

/** Annotations to keep first if not all of them fit: links and descriptions. */
const isWanted = (name: string): boolean => /url|link|runbook|dashboard|grafana|description|summary/i.test(name);

/** A vendor's annotations within the limits of the intake. If there are too many, wanted ones are kept first, then by name. */
export function clipAnnotations(annotations: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(annotations)
    .map(([key, value]) => [clip(key, KEY_LENGTH), clipValue(value, ANNOTATION_BYTES)] as const)
    .filter(([key, value]) => key !== '' && key !== '__proto__' && value !== undefined)
    .map(([key, value]) => [key, clipBytes(String(value), ANNOTATION_BYTES)] as const)
    .sort(([a], [b]) => Number(isWanted(b)) - Number(isWanted(a)) || (a < b ? -1 : 1))
    .slice(0, MOST_ANNOTATIONS);
  let room = ANNOTATIONS_BYTES - 2;
  const kept: [string, string][] = [];
  for (const [key, value] of entries) {
    const bytes = Buffer.byteLength(JSON.stringify(key)) + Buffer.byteLength(JSON.stringify(value)) + 2;
    if (bytes > room) continue;
    room -= bytes;
    kept.push([key, value]);
  }
  return Object.fromEntries(kept);
}

function clipValue(value: unknown, max = VALUE_LENGTH): string | number | boolean | undefined {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (value === null || value === undefined) return undefined;
  return clip(typeof value === 'object' ? JSON.stringify(value) : String(value), max);
}

const FIRST_YEAR = 2;
const LAST_YEAR = 9998;

/** The smallest number of each unit that is an instant after 2001, with the milliseconds of one unit; largest first. */
const EPOCHS = [
  [1e18, 1e-6],
  [1e15, 1e-3],
  [1e12, 1],
  [1e9, 1_000],
] as const;

/**
 * Parses a vendor's instant: ISO 8601, or seconds, milliseconds, microseconds or nanoseconds since 1970, as a number or as
 * digits. A time without an offset is UTC. Undefined if it is none of them, or in the year 1, which is Go's zero time.
 */
export function parseInstant(value: unknown): Date | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > 40) return undefined;
  const instant = /^\d{10,19}(\.\d+)?$/.test(text.trim()) ? ofEpoch(Number(text)) : ofText(text);
  const year = instant.getUTCFullYear();
  return year >= FIRST_YEAR && year <= LAST_YEAR ? instant : undefined;
}

function ofEpoch(count: number): Date {
  const [, ms] = EPOCHS.find(([least]) => count >= least) ?? [0, Number.NaN];
  return new Date(Math.trunc(count * ms));
}

const WITHOUT_OFFSET = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.]\d+)?)?)$/;

/** An offset with a Z behind it, as one client sends, is read without the Z. */
const ofText = (text: string): Date =>
  new Date(
    /^\d{4}-/.test(text) ? text.replace(/([+-]\d\d:?\d\d)Z$/, '$1').replace(WITHOUT_OFFSET, '$1T$2Z') : Number.NaN,
  );
