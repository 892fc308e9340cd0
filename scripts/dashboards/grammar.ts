import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../children';
import type { Dashboard } from './dashboard';
import { type Query, queriesOf } from './queries';

/**
 * Errors of Prometheus' own parser: promtool checks each query as a recording rule. Null if promtool is not installed.
 */
export function grammarFaults(dashboard: Dashboard): string[] | null {
  const queries = queriesOf(dashboard);
  const all = complaint(queries);
  if (all === null || all === '') return all === null ? null : [];
  // The error of a file does not name the rule, so each query has its own file.
  const alone = queries.map((query) => [query, complaint([query])] as const);
  return alone.filter(([, words]) => words !== '').map(([{ panel, expr }, words]) => `${panel}: ${words} in ${expr}`);
}

function complaint(queries: readonly Query[]): string | null {
  const { folder, remove } = temporaryFolder('grammar');
  const file = join(folder, 'rules.json');
  const rules = queries.map(({ expr }, i) => ({ record: `query_${i}`, expr }));
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules }] }));
  const { error, status, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  remove();
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return null;
  return status === 0 ? '' : reasonOf(stderr);
}

/** The last line of promtool's output, without the file name. */
const reasonOf = (said: string): string =>
  said
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^.*could not parse expression: /, '') ?? '';
