import { signal } from '@preact/signals';
import { me } from '../session';
import { keepHere, keptHere } from '../theme';
import { LONGEST_TEXT } from './postmortemDraft';

/**
 * The unsaved text of post-mortems. It is kept in the page, and on this device for the same user, so that it survives a
 * reload. Bounded: the newest few are kept, each within the limit of the server.
 */
export interface Unsaved {
  text: string;
  /** The version that it is based on; 0 for the draft. */
  version: number;
  /** The time of the last change, ISO 8601. */
  at: string;
  /** Whether this device had it when the page was opened. */
  restored?: boolean;
}

const PREFIX = 'postmortem:';
const MOST_KEPT = 5;

const keyOf = (id: string): string => `${PREFIX}${me.peek()?.username ?? ''}:${id}`;

const typed = signal<ReadonlyMap<string, Unsaved>>(new Map());

function set(id: string, unsaved: Unsaved | null): void {
  const next = new Map(typed.peek());
  if (unsaved === null) next.delete(keyOf(id));
  else next.set(keyOf(id), unsaved);
  typed.value = next;
}

/** The texts that were typed or restored in this page. */
export const unsavedOf = (id: string): Unsaved | null => typed.value.get(keyOf(id)) ?? null;

function readKey(key: string): Unsaved | null {
  try {
    const { text, version, at } = JSON.parse(keptHere(key) ?? 'null') as Record<string, unknown>;
    const isWhole = typeof text === 'string' && Number.isInteger(version) && typeof at === 'string';
    if (!isWhole || Number.isNaN(Date.parse(at))) return null;
    return { text: text.slice(0, LONGEST_TEXT), version: version as number, at, restored: true };
  } catch {
    return null;
  }
}

/** Whether this device has unsaved text of this user from an earlier visit. */
export const isKeptHere = (id: string): boolean => keptHere(keyOf(id)) !== null;

/** Restores the text of an earlier visit; text of this visit stays. */
export function restoreUnsaved(id: string): void {
  if (typed.peek().has(keyOf(id))) return;
  const found = readKey(keyOf(id));
  if (found !== null) set(id, found);
}

/** Stores the text; null after it was saved or discarded. */
export function keepUnsaved(id: string, unsaved: Unsaved | null): void {
  set(id, unsaved);
  const key = keyOf(id);
  const kept = unsaved && JSON.stringify({ text: unsaved.text, version: unsaved.version, at: unsaved.at });
  keepHere(key, kept);
  if (kept !== null) dropOldest();
}

/** Forgets the text of the page; the device still has it. */
export const leaveUnsaved = (id: string): void => set(id, null);

function dropOldest(): void {
  const keys = ownKeys();
  if (keys.length <= MOST_KEPT) return;
  const byAge = keys.map((key) => ({ key, at: readKey(key)?.at ?? '' })).sort((a, b) => b.at.localeCompare(a.at));
  for (const { key } of byAge.slice(MOST_KEPT)) keepHere(key, null);
}

function ownKeys(): string[] {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at) ?? '');
    return keys.filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}
