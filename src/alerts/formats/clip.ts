import type { Labels } from '../../kernel/values';

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

function clipValue(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (value === null || value === undefined) return undefined;
  return clip(typeof value === 'object' ? JSON.stringify(value) : String(value), VALUE_LENGTH);
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
