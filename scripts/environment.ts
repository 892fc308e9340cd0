/**
 * `npx tsx scripts/environment.ts`, the first half of `npm run docs`: writes files and parts of files that derive from the
 * settings (src/config/settings.ts), the channels (src/notify/channels/index.ts) and the modules. A test compares them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { SETTINGS } from '../src/compose';
import type { Setting } from '../src/config/settings';
import { channels } from '../src/notify/channels';
import { servicesFile } from './ci/services';

const PAGE_HEAD = `<!-- Written by \`npm run docs\` from src/config/settings.ts and the channels. Change the settings there. -->
# Settings

Every setting has a default, and \`npm start\` needs none. Settings are environment variables. A \`.env\` file in the working
directory is read too; the environment wins. A faulty setting stops the start, with one line for each fault.

◦ marks a secret. It can also come from a file: set \`<NAME>_FILE\` to the path of that file. Settings marked *(compose)* are
read by the compose files alone.

| variable | default | meaning |
| --- | --- | --- |
`;

const rowOf = ({ name, fallback, means, secret, compose }: Setting): string =>
  `| \`${name}\`${secret && !compose ? ' ◦' : ''} | ${fallback === '' ? '' : `\`${fallback}\``} | ${means} |\n`;

/** The text of docs/settings.md. */
const settingsPage = (): string => PAGE_HEAD + SETTINGS.map(rowOf).join('');

const HEAD = `# Settings of Tocsin with their defaults. \`npm start\` needs none of them; copy this file to .env and uncomment what you change.
#
# For the containers, copy it and replace every <CHANGE_ME>. Or let this do both, with long random values:
#   awk '/^[A-Z_]+=.*<CHANGE_ME>/ { c = "openssl rand -hex 24"; c | getline s; close(c); sub(/<CHANGE_ME>/, s) } 1' .env.example >.env
`;

/** `.env.example`: optional settings are commented out; settings that the containers need have placeholders. */
function exampleFile(): string {
  const entries = SETTINGS.map(({ name, fallback, means, secret, compose, example }) => {
    const also = secret && !compose ? ` Also as ${name}_FILE.` : '';
    return [`# ${means}.${also}`, example === undefined ? `#${name}=${fallback}` : `${name}=${example}`, ''].join('\n');
  });
  return [HEAD, ...entries].join('\n');
}

const CHANNELS_BEGIN = '# channels: written by scripts/environment.ts';
const CHANNELS_END = '# /channels';

/** A compose file that passes all variables of all channels to its containers. */
function withChannelVariables(compose: string): string {
  const [before, rest] = compose.split(CHANNELS_BEGIN);
  const after = rest?.split(CHANNELS_END)[1];
  if (after === undefined) throw new Error('A compose file has no place for the variables of channels.');
  const names = SETTINGS.filter(({ channel }) => channel).map(({ name }) => name);
  const lines = [CHANNELS_BEGIN, ...names.map((name) => `${name}: \${${name}:-}`), CHANNELS_END];
  return `${before}${lines.join('\n      ')}${after}`;
}

const GENERATED = '/** Written by scripts/environment.ts from the list in src/notify/channels/index.ts. */';
const WIDTH = 120;

/** A list, formatted like the formatter does it. */
function inLines(head: string, items: readonly string[], tail: string): string {
  const line = `${head}${items.join(', ')}${tail}`;
  return line.length <= WIDTH ? line : `${head}\n${items.map((item) => `  ${item},\n`).join('')}${tail}`;
}

const quoted = (text: string): string => (text.includes("'") ? JSON.stringify(text) : `'${text}'`);

/** The names of channels for the contract. */
const contractFile = (): string =>
  `${GENERATED}\n${inLines(
    'export const CHANNELS = [',
    channels.map(({ id }) => quoted(id)),
    '] as const;',
  )}\n`;

/** The texts of channels for the page. */
function wordsFile(): string {
  const entries = channels.map(({ id, title, recordsOnly, address }) => {
    const facts: [string, string | undefined][] = [
      ['title', quoted(title)],
      ['forPeople', address.kind === 'email' ? 'true' : undefined],
      ['recordsOnly', recordsOnly ? 'true' : undefined],
      ['roomPrefix', address.prefix && quoted(address.prefix)],
    ];
    const known = facts.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}`);
    return `  ${id}: { ${known.join(', ')} },`;
  });
  return [
    GENERATED,
    'export const channelWords: Record<string, ChannelWords> = {',
    ...entries,
    '};',
    '',
    'interface ChannelWords {',
    '  title: string;',
    '  /** People are paged by it, at the e-mail address of their schedule entry. */',
    '  forPeople?: true;',
    '  /** It only records messages. */',
    '  recordsOnly?: true;',
    '  /** Set before the address of a room. */',
    '  roomPrefix?: string;',
    '}',
    '',
  ].join('\n');
}

const TABLE_BEGIN = '<!-- channels: written by scripts/environment.ts -->';
const TABLE_END = '<!-- /channels -->';

/** The page of channels with the current table. */
function withChannelTable(page: string): string {
  const [before, rest] = page.split(TABLE_BEGIN);
  const after = rest?.split(TABLE_END)[1];
  if (after === undefined) throw new Error('docs/channels.md has no place for the table of channels.');
  const rows = channels.map(({ title, id, settings, address, threads, limits, accepted }) => {
    const names = Object.keys(settings).map((name) => `\`${name}\``);
    const reaches = address.kind === 'email' ? 'people and rooms' : 'rooms';
    const text = `${limits.text} characters${threads ? ', in threads' : ''}`;
    return `| ${title} | \`${id}:${address.example.text}\` | ${reaches} | ${names.join(', ')} | ${text} | ${accepted} |`;
  });
  const head = [
    '| channel | room | for | settings | message | counts as sent when |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  return `${before}${[TABLE_BEGIN, ...head, ...rows, TABLE_END].join('\n')}${after}`;
}

/** All files that are generated completely or in part, with their expected text. */
export const derived = (read: (file: string) => string): [file: string, text: string][] => [
  ['.env.example', exampleFile()],
  ['docs/settings.md', settingsPage()],
  ['docker-compose.yml', withChannelVariables(read('docker-compose.yml'))],
  ['docker-compose.split.yml', withChannelVariables(read('docker-compose.split.yml'))],
  ['docs/channels.md', withChannelTable(read('docs/channels.md'))],
  ['src/notify/contract/channels.ts', contractFile()],
  ['web/text/channels.ts', wordsFile()],
  ['scripts/ci/services.sh', servicesFile(read('docker-compose.split.yml'))],
];

if (require.main === module) {
  for (const [file, text] of derived((name) => readFileSync(name, 'utf8'))) writeFileSync(file, text);
}
