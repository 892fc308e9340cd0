/**
 * What the page may weigh, gzipped: whoever opens it waits for all of the first load, so it is counted with the page
 * that is opened most. Exits with 1 and says which where something grew beyond its budget.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildPage } from './page.mjs';

const KB = 1024;
const FIRST_SCRIPT = 45 * KB;
const FIRST_STYLE = 12 * KB;
const LAZY_PAGE = 30 * KB;
const HOME = 'home/HomePage.tsx';

const folder = await buildPage();
const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'));
const text = (file) => readFileSync(join(folder, file), 'utf8');
const weight = (files) => [...files].reduce((sum, file) => sum + gzipSync(text(file), { level: 9 }).length, 0);

/** The chunk and all that it imports before it can run. */
function withImports(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) withImports(next, seen);
  return seen;
}

const files = (names) => new Set([...names].map((name) => manifest[name].file));
const styles = (names) => new Set([...names].flatMap((name) => manifest[name].css ?? []));
const entry = withImports('index.html');
const first = new Set([...entry, ...withImports(HOME)]);
const lines = [
  ['first load, script', weight(files(first)), FIRST_SCRIPT],
  ['first load, style', weight(styles(first)), FIRST_STYLE],
];
for (const [name, { isDynamicEntry }] of Object.entries(manifest)) {
  if (!isDynamicEntry) continue;
  const own = [...withImports(name)].filter((each) => !entry.has(each));
  lines.push([name, weight(files(own)), LAZY_PAGE]);
}

let over = 0;
for (const [name, bytes, budget] of lines) {
  if (bytes > budget) over++;
  console.log(
    `${bytes > budget ? 'OVER ' : 'ok   '}${name.padEnd(36)} ${(bytes / KB).toFixed(1).padStart(5)} of ${budget / KB} KB`,
  );
}
const all = Object.values(manifest).filter(({ file }) => file.endsWith('.js'));
for (const { file } of all) if (/ZodError|\$ZodType/.test(text(file))) console.log(`OVER ${file} carries zod`, over++);
process.exitCode = over > 0 ? 1 : 0;
