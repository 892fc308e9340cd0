import type { RequestHandler } from 'express';

/** So many requests are let through at once in each window. */
const BURST = 25;
/** Shorter than the time-out of common probes (1 s). */
const WINDOW_MS = 250;
/** If more requests wait, all are let through before the window ends, so that memory stays bounded. */
const MAX_WAITING = 2_000;
/** So many waiting requests pass in one turn of the event loop. */
const CHUNK = 50;

/**
 * Middleware for operations that anyone can ask: the first requests of a window pass, later ones wait for its end. So a
 * client that asks again with every answer gets four answers a second and does not take the event loop from the alert
 * intake. No request is refused, because a refused probe takes the product out of service.
 */
export function pace(burst = BURST, windowMs = WINDOW_MS, maxWaiting = MAX_WAITING): RequestHandler {
  let passed = 0;
  let waiting: (() => void)[] = [];
  let window: NodeJS.Timeout | undefined;

  function endWindow(): void {
    clearTimeout(window);
    window = undefined;
    passed = 0;
    const due = waiting;
    waiting = [];
    release(due);
  }

  return (_req, _res, next) => {
    window ??= setTimeout(endWindow, windowMs);
    passed += 1;
    if (passed <= burst) return next();
    waiting.push(next);
    if (waiting.length >= maxWaiting) endWindow();
  };
}

function release(due: readonly (() => void)[]): void {
  for (const next of due.slice(0, CHUNK)) next();
  if (due.length > CHUNK) setImmediate(release, due.slice(CHUNK));
}
