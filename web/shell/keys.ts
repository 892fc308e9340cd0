import { useEffect, useLayoutEffect } from 'preact/hooks';
import { singleKeys } from './shown';

/** Keys that act at once. They are off inside fields and under dialogs, and a setting turns them off. */
export type Bindings = Record<string, () => void>;

/** The modifier key of this platform: ⌘ on a Mac, an iPhone or an iPad, Ctrl elsewhere. */
export const modifier = (platform: string): string => (/^(Mac|iP)/.test(platform) ? '⌘' : 'Ctrl');
/** The keys that open the palette; a space separates two keys. */
export const JUMP_KEYS = `${modifier(navigator.platform)} K`;

const layers: Bindings[] = [];
const GO_WITHIN_MS = 1_200;
let goUntil = 0;

/**
 * The innermost component that binds a key handles it. `bindings` can change with each drawing and apply at once, so
 * that a fast second key acts on the drawing that the person sees.
 */
export function useKeys(bindings: Bindings): void {
  useLayoutEffect(() => {
    layers.push(bindings);
    return () => void layers.splice(layers.indexOf(bindings), 1);
  });
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const isTick = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type === 'checkbox';

/** `g` waits for a second key; together they are bound as `g h`. */
function named(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (Date.now() < goUntil) {
    goUntil = 0;
    return `g ${key}`;
  }
  if (key === 'g') goUntil = Date.now() + GO_WITHIN_MS;
  return event.key === '?' ? '?' : key;
}

/** A letter typed in a menu selects an entry and can close the menu; the next letters are no keys of the page. */
const WORD_WITHIN_MS = 1_000;
let wordUntil = 0;
function isWord({ target, key }: KeyboardEvent): boolean {
  if (target instanceof HTMLSelectElement || Date.now() < wordUntil) {
    wordUntil = key.length === 1 ? Date.now() + WORD_WITHIN_MS : 0;
    return key.length === 1;
  }
  return false;
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || isWord(event)) return;
  const find = (key: string) => layers.findLast((layer) => layer[key] !== undefined)?.[key];
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    find('mod k')?.();
    return;
  }
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (isField(event.target) && !isTick(event.target)) {
    if (event.key === 'Escape') (event.target as HTMLElement).blur();
    return;
  }
  if (!singleKeys.peek() || document.querySelector('dialog[open]')) return;
  if (
    event.key === 'Enter' &&
    event.target !== document.body &&
    (event.target as Element).matches('a, button, summary')
  )
    return;
  const act = find(named(event));
  if (act === undefined) return;
  event.preventDefault();
  act();
}

export function useKeyboard(): void {
  useEffect(() => {
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}
