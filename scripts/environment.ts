/** `npx tsx scripts/environment.ts`: writes the settings into README.md and .env.example, the one source being src/settings.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { SETTINGS } from '../src/settings';

const BEGIN = '<!-- settings: written by scripts/environment.ts -->';
const END = '<!-- /settings -->';

/** The table of the README. Every secret may also come from a file named by `<NAME>_FILE`. */
export function settingsTable(): string {
  const rows = SETTINGS.map(
    ({ name, fallback, means, secret }) =>
      `| \`${name}\`${secret ? ' ◦' : ''} | ${fallback === '' ? '' : `\`${fallback}\``} | ${means} |`,
  );
  return [BEGIN, '| variable | default | meaning |', '| --- | --- | --- |', ...rows, END].join('\n');
}

/** `.env.example`: everything commented out, because every setting has a default or is optional. */
export function exampleFile(): string {
  const entries = SETTINGS.map(({ name, fallback, means, secret }) =>
    [`# ${means}.${secret ? ` Also as ${name}_FILE.` : ''}`, `#${name}=${fallback}`, ''].join('\n'),
  );
  return ['# Settings of Tocsin. Copy to .env, uncomment what you change.', '', ...entries].join('\n');
}

/** The README with its table replaced by the current one. */
export function withTable(readme: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error('README.md has no place for the settings.');
  return `${before}${settingsTable()}${after}`;
}

if (require.main === module) {
  writeFileSync('.env.example', exampleFile());
  writeFileSync('README.md', withTable(readFileSync('README.md', 'utf8')));
}
