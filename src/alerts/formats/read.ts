import type { Labels } from '../../kernel/ports/values';

/** Vendors' texts made to fit. An alert must not be lost because a label is long, so nothing here refuses. */

/** Without what no database stores, and no longer than `max`, never ending in half a character. */
export function clip(text: string, max: number): string {
  const sound = text.replaceAll('\0', '').toWellFormed();
  if (sound.length <= max) return sound;
  const cut = sound.slice(0, max);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/** The first of some texts that says something. */
export function firstSaid(...texts: unknown[]): string | undefined {
  const said = texts.filter((text) => typeof text === 'string').map((text) => text.replaceAll('\0', ''));
  return said.find((text) => text.trim() !== '');
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MOST_LABELS = 64;
const KEY_LENGTH = 128;
const VALUE_LENGTH = 1024;

/** What a vendor calls labels, within our bounds; of too many, the first by name are kept. */
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

/** The beginning of a text that fits so many bytes of UTF-8, never ending in half a character. */
function clipBytes(text: string, bytes: number): string {
  const sound = clip(text, bytes);
  if (Buffer.byteLength(sound) <= bytes) return sound;
  const cut = Buffer.from(sound).subarray(0, bytes);
  let end = bytes;
  while (end > 0 && ((cut[end - 1] as number) & 0xc0) === 0x80) end--;
  return cut.subarray(0, end - 1).toString('utf8');
}

/** Links and the description come first where not all annotations fit. */
const isWanted = (name: string): boolean => /url|link|runbook|dashboard|grafana|description|summary/i.test(name);

/** A vendor's annotations within our bounds: of too many, the first by name, wanted ones before the rest. */
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

/** A vendor's instant; undefined where it says nothing, or the year 1, by which Go says "never". */
export function instantSaid(value: unknown): Date | undefined {
  if (typeof value !== 'string' || value.length > 40 || !/^\d{4}-/.test(value)) return undefined;
  const instant = new Date(value);
  const year = instant.getUTCFullYear();
  return year >= FIRST_YEAR && year <= LAST_YEAR ? instant : undefined;
}
