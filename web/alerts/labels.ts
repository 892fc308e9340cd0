import type { Alert } from '../../src/alerts/contract';

type Labels = Alert['labels'];

/** Reads `host=web-1`, one per line; null if a line is no label. The value can contain further equals signs. */
export function labelsIn(text: string): Labels | null {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const pairs = lines.map((line) => [
    line.slice(0, line.indexOf('=')).trim(),
    line.slice(line.indexOf('=') + 1).trim(),
  ]);
  if (lines.some((line) => line.indexOf('=') < 1) || pairs.some(([name]) => name === '')) return null;
  return Object.fromEntries(pairs);
}

export const labelsOf = (labels: Labels): string[] =>
  Object.entries(labels)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name}=${value}`);
