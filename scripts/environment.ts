/** `npx tsx scripts/environment.ts`: writes the settings into README.md and .env.example, the one source being src/settings.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { SETTINGS } from '../src/settings';

const BEGIN = '<!-- settings: written by scripts/environment.ts -->';
const END = '<!-- /settings -->';

/** The table of the README. Every secret that the program reads may also come from a file named by `<NAME>_FILE`. */
export function settingsTable(): string {
  const rows = SETTINGS.map(
    ({ name, fallback, means, secret, compose }) =>
      `| \`${name}\`${secret && !compose ? ' ◦' : ''} | ${fallback === '' ? '' : `\`${fallback}\``} | ${means} |`,
  );
  return [BEGIN, '| variable | default | meaning |', '| --- | --- | --- |', ...rows, END].join('\n');
}

const HEAD = `# Settings of Tocsin, as it comes. Nothing here is needed for \`npm start\`; copy it to .env and uncomment what you change.
#
# For the containers, copy it and replace every <CHANGE_ME>. Or let this do both, with long random values:
#   awk '/^[A-Z_]+=.*<CHANGE_ME>/ { c = "openssl rand -hex 24"; c | getline s; close(c); sub(/<CHANGE_ME>/, s) } 1' .env.example >.env
`;

/** `.env.example`: commented out is what has a default or is optional; what the containers need waits to be filled in. */
export function exampleFile(): string {
  const entries = SETTINGS.map(({ name, fallback, means, secret, compose, example }) => {
    const also = secret && !compose ? ` Also as ${name}_FILE.` : '';
    return [`# ${means}.${also}`, example === undefined ? `#${name}=${fallback}` : `${name}=${example}`, ''].join('\n');
  });
  return [HEAD, ...entries].join('\n');
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
