import type { Severity } from '../../kernel/ports/values';
import { clip } from './read';

/** The words that sources use for a severity, in the order of the API's table. */
const WORDS: Record<Severity, readonly string[]> = {
  critical: ['critical', 'crit', 'page', 'fatal', 'emergency', 'emerg', 'alert', 'disaster', 'urgent'],
  high: ['error', 'err', 'high', 'major'],
  medium: ['warning', 'warn', 'medium', 'minor'],
  low: ['low', 'info', 'notice', 'debug', 'ok', 'none'],
};

/** What sources write before the number of a level, as in P1, S1, SEV-1 and Priority 1. */
const SCALES = ['p', 's', 'sev', 'severity', 'prio', 'priority'];
/** The severity of each numbered level, from 0. */
const LEVELS: readonly Severity[] = ['critical', 'critical', 'high', 'medium', 'low', 'low'];

const SEVERITY_OF = new Map<string, Severity>([
  ...Object.entries(WORDS).flatMap(([severity, words]) => words.map((word) => [word, severity as Severity] as const)),
  ...SCALES.flatMap((scale) => LEVELS.map((severity, level) => [`${scale}${level}`, severity] as const)),
]);

/** White space, every hyphen and dash, and the signs that sources put between a scale and its number. */
const SEPARATORS = /[\s\p{Pd}_:.#]+/gu;

const WORD_SHOWN = 64;

/** Characters of a severity that names it twice. */
const LONGEST_PAIR = 64;

/** The severity of a text that names it twice, as in `P1 - Critical` and `1 - Critical`; undefined if its words differ. */
function agreedSeverity(text: string): Severity | undefined {
  if (text.length > LONGEST_PAIR) return undefined;
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const named = words.filter((word) => word !== '' && !/^\d+$/.test(word)).map((word) => SEVERITY_OF.get(word));
  return new Set(named).size === 1 ? named[0] : undefined;
}

/** The text of a JSON value. An object is shown as JSON, because one with a `toString` of its own cannot become a text. */
function wordOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * Maps a source's word to a severity; case and separators do not count. An unknown or missing word is medium, with a note
 * for the alert.
 * @example severityOf('SEV-1') // { severity: 'critical' }
 */
export function severityOf(value: unknown): { severity: Severity; severity_note?: string } {
  const word = wordOf(value).trim();
  const severity = SEVERITY_OF.get(word.toLowerCase().replace(SEPARATORS, '')) ?? agreedSeverity(word);
  if (severity !== undefined) return { severity };
  const note =
    word === ''
      ? 'The source gives no severity'
      : `The source says severity '${clip(word, WORD_SHOWN)}', which is unknown`;
  return { severity: 'medium', severity_note: `${note}; it counts as medium.` };
}
