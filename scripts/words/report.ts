import { type Kind, proseOf } from './extract';
import { markersIn, wordsIn } from './markers';

interface Count {
  words: number;
  markers: number;
}

/** The result for some files: the lines with markers, and counts per folder and per kind of text. */
export interface Report {
  lines: string[];
  folders: Map<string, Count>;
  kinds: Map<Kind, Count>;
  all: Count;
}

/** Reads the prose of `files`; a path is relative to the root of the repository, with `/` between its parts. */
export function reportOf(files: Iterable<{ path: string; content: string }>): Report {
  const report: Report = { lines: [], folders: new Map(), kinds: new Map(), all: { words: 0, markers: 0 } };
  for (const { path, content } of files)
    for (const { line, kind, text } of proseOf(path, content)) {
      const markers = markersIn(text);
      const counts = [report.all, countOf(report.folders, folderOf(path)), countOf(report.kinds, kind)];
      for (const count of counts) {
        count.words += wordsIn(text);
        count.markers += markers.length;
      }
      if (markers.length > 0) report.lines.push(`${path}:${line}  [${markers.join(', ')}]  ${text}`);
    }
  return report;
}

/** For example `src/alerts` for all files below it, `docs` for files directly in it, `.` for the root. */
function folderOf(path: string): string {
  const folders = path.split('/').slice(0, -1);
  return folders.slice(0, 2).join('/') || '.';
}

function countOf<K>(counts: Map<K, Count>, key: K): Count {
  const known = counts.get(key) ?? { words: 0, markers: 0 };
  counts.set(key, known);
  return known;
}

/** Markers per 1,000 words; 0 without words. */
export const rateOf = ({ words, markers }: Count): number => (words === 0 ? 0 : (1_000 * markers) / words);

/** A table with a row for each kind of text, each folder and everything. */
export function tableOf({ folders, kinds, all }: Report): string {
  const byName = [...folders].sort(([one], [other]) => one.localeCompare(other));
  return [
    row('kind', 'words', 'markers', 'per 1,000'),
    ...[...kinds].map(countRow),
    '',
    row('folder', 'words', 'markers', 'per 1,000'),
    ...byName.map(countRow),
    countRow(['all', all]),
  ].join('\n');
}

const row = (name: string, words: string, markers: string, rate: string): string =>
  `${name.padEnd(24)} ${words.padStart(8)} ${markers.padStart(8)} ${rate.padStart(10)}`;

const countRow = ([name, count]: readonly [string, Count]): string =>
  row(name, count.words.toLocaleString('en'), `${count.markers}`, rateOf(count).toFixed(1));
