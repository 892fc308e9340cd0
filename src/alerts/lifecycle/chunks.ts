/** Alerts of one job. */
const CHUNK = 1_000;

/** Items in lists of the size of a job. */
export const chunks = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));
