import { signal } from '@preact/signals';
import { me } from '../session';
import { keepHere, keptHere } from '../theme';
import { LONGEST_TEXT } from './postmortemDraft';

/**
 * Text of a post-mortem that was typed and not saved. It is kept in the page, and on this device for the same user, so
 * that it survives a reload. Bounded: the newest few are kept, each no longer than the server takes.
 */
export interface Unsaved {
  text: string;
  /** The version that it was written from; 0 for the draft. */
  version: number;
  /** When it was typed, ISO. */
  at: string;
  /** It was found on this device when the page came. */
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

/** What was typed in this page or brought back into it. */
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

/** Whether this device holds unsaved text of this user from before. */
export const isKeptHere = (id: string): boolean => keptHere(keyOf(id)) !== null;

/** Brings back what an earlier visit left; what was typed in this one stays. */
export function restoreUnsaved(id: string): void {
  if (typed.peek().has(keyOf(id))) return;
  const found = readKey(keyOf(id));
  if (found !== null) set(id, found);
}

/** Keeps what was typed; null once it is saved or discarded. */
export function keepUnsaved(id: string, unsaved: Unsaved | null): void {
  set(id, unsaved);
  const key = keyOf(id);
  const kept = unsaved && JSON.stringify({ text: unsaved.text, version: unsaved.version, at: unsaved.at });
  keepHere(key, kept);
  if (kept !== null) dropOldest();
}

/** Forgets what the page holds; the device still has it. */
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
