import type { Severity } from '../../kernel/ports/values';
import { clip } from './read';

/** The words that sources use for a severity, in the order of the API's table. */
const WORDS: Record<Severity, readonly string[]> = {
  critical: ['critical', 'crit', 'page', 'fatal', 'emergency', 'emerg', 'alert', 'disaster', 'urgent'].concat([
    'p0',
    'p1',
    'sev0',
    'sev1',
  ]),
  high: ['error', 'err', 'high', 'major', 'p2', 'sev2'],
  medium: ['warning', 'warn', 'medium', 'minor', 'p3', 'sev3'],
  low: ['low', 'info', 'notice', 'debug', 'ok', 'none', 'p4', 'p5', 'sev4', 'sev5'],
};

const SEVERITY_OF = new Map(
  Object.entries(WORDS).flatMap(([severity, words]) => words.map((word) => [word, severity as Severity] as const)),
);

const WORD_SHOWN = 64;

/** Maps a source's word to a severity. An unknown or missing word is medium, with a note for the alert. */
export function severityOf(value: unknown): { severity: Severity; severity_note?: string } {
  const word = value === undefined || value === null ? '' : String(value).trim();
  const severity = SEVERITY_OF.get(word.toLowerCase());
  if (severity !== undefined) return { severity };
  const note =
    word === ''
      ? 'The source gives no severity'
      : `The source says severity '${clip(word, WORD_SHOWN)}', which is unknown`;
  return { severity: 'medium', severity_note: `${note}; it counts as medium.` };
}
