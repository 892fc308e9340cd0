import { signal } from '@preact/signals';

/**
 * The first load. The shell shows a static frame (web/frame.ts). The page is hidden below it until its first requests
 * are answered, so that nothing moves while a person reads, but at most MOST_MS after the page's code has run.
 */
const MOST_MS = 2_500;
/** An answer can cause one more request; the page waits this long for it. */
const STILL_MS = 60;

const frameOf = (): HTMLElement | null => globalThis.document?.getElementById('frame') ?? null;

/** Whether the page is hidden below the frame; without a frame it never is. */
export const isHeld = signal(frameOf() !== null);

let waiting = 0;
let isThere = false;
let still: ReturnType<typeof setTimeout> | undefined;

export function requestSent(): void {
  waiting++;
}

export function requestAnswered(): void {
  waiting--;
  showWhenStill();
}

/** Called when the page's code has run and its requests are sent. */
export function pageIsThere(): void {
  if (isThere || !isHeld.peek()) return;
  isThere = true;
  setTimeout(showPage, MOST_MS);
  showWhenStill();
}

function showWhenStill(): void {
  if (!isThere || waiting > 0 || !isHeld.peek()) return;
  clearTimeout(still);
  still = setTimeout(() => waiting === 0 && showPage(), STILL_MS);
}

/** Removes the frame, also if requests are still unanswered. */
export function showPage(): void {
  isHeld.value = false;
  frameOf()?.remove();
}
