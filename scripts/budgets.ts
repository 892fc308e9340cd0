/**
 * Checks the gzipped sizes of the page. The first load includes the most used page. Prints OVER for each part above its
 * budget, and exits with 1 if there is one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildPage } from './page';

const KB = 1024;
const FIRST_SCRIPT = 45 * KB;
const FIRST_STYLE = 12 * KB;
const LAZY_PAGE = 30 * KB;
const HOME = 'home/HomePage.tsx';

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
  isDynamicEntry?: boolean;
}

interface Weighed {
  name: string;
  bytes: number;
  budget: number;
}

/** The built page, with the manifest's data of each chunk. */
function openPage(folder: string) {
  const manifest: Record<string, Chunk> = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'));
  const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');
  const weigh = (files: Set<string>) =>
    [...files].reduce((sum, file) => sum + gzipSync(textOf(file), { level: 9 }).length, 0);
  const chunkOf = (name: string): Chunk => {
    const chunk = manifest[name];
    if (chunk === undefined) throw new Error(`The page has no chunk ${name}.`);
    return chunk;
  };
  /** A chunk and all chunks that it imports statically. */
  const withImports = (name: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const next of chunkOf(name).imports ?? []) withImports(next, seen);
    return seen;
  };
  return {
    chunks: Object.entries(manifest),
    textOf,
    withImports,
    scriptBytes: (names: Iterable<string>) => weigh(new Set([...names].map((name) => chunkOf(name).file))),
    styleBytes: (names: Iterable<string>) => weigh(new Set([...names].flatMap((name) => chunkOf(name).css ?? []))),
  };
}

function weighAll({ chunks, withImports, scriptBytes, styleBytes }: ReturnType<typeof openPage>): Weighed[] {
  const entry = withImports('index.html');
  const first = new Set([...entry, ...withImports(HOME)]);
  const lazy = chunks.filter(([, { isDynamicEntry }]) => isDynamicEntry);
  return [
    { name: 'first load, script', bytes: scriptBytes(first), budget: FIRST_SCRIPT },
    { name: 'first load, style', bytes: styleBytes(first), budget: FIRST_STYLE },
    ...lazy.map(([name]) => {
      const own = [...withImports(name)].filter((each) => !entry.has(each));
      return { name, bytes: scriptBytes(own), budget: LAZY_PAGE };
    }),
  ];
}

async function run(): Promise<void> {
  const page = openPage(await buildPage());
  let over = 0;
  for (const { name, bytes, budget } of weighAll(page)) {
    if (bytes > budget) over++;
    const size = (bytes / KB).toFixed(1).padStart(5);
    console.log(`${bytes > budget ? 'OVER ' : 'ok   '}${name.padEnd(36)} ${size} of ${budget / KB} KB`);
  }
  for (const [, { file }] of page.chunks)
    if (file.endsWith('.js') && /ZodError|\$ZodType/.test(page.textOf(file))) {
      console.log(`OVER ${file} carries zod`);
      over++;
    }
  process.exitCode = over > 0 ? 1 : 0;
}

void run();
