/**
 * Builds the page from web/ to dist/page: the shell, its hashed assets, and data for servers (page.json for the gateway,
 * pages.conf for nginx). Does nothing if no source changed.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { InlineConfig, LogLevel, Plugin, Rollup } from 'vite';
import { ROOT } from './root';

const PAGE = join(ROOT, 'dist/page');
const INPUTS = ['web', 'src'];
const STAMP = 'stamp';

export interface PageBuildOptions {
  /** Called with the name of a part when its build begins; the function it returns is called when that build ends. */
  progress?: (what: string) => () => void;
  logLevel?: LogLevel;
}

/** Builds the page unless it was built from the same sources; returns its folder. */
export async function buildPage({
  progress = () => () => {},
  logLevel = 'warn',
}: PageBuildOptions = {}): Promise<string> {
  if (!existsSync(join(ROOT, 'web'))) return PAGE;
  const stamp = stampOfSources();
  if (readOr(join(PAGE, STAMP), '') === stamp) return PAGE;
  const built = progress('the page');
  // Build into another folder and swap, so that other processes never see an incomplete page.
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  const beside = join(ROOT, `dist/page.${process.pid}`);
  const { build } = await import('vite');
  // Tests use the production build, with the service worker and without development helpers.
  const { NODE_ENV } = process.env;
  process.env['NODE_ENV'] = 'production';
  const config = viteConfig({ outDir: beside, logLevel });
  await build(config).catch((error: unknown) => {
    // Under heavy load the threads of the bundler can fail; only that error is retried.
    if (!String(error).includes('oneshot canceled')) throw error;
    return build(config);
  });
  if (NODE_ENV === undefined) delete process.env['NODE_ENV'];
  else process.env['NODE_ENV'] = NODE_ENV;
  compress(join(beside, 'assets'));
  writeFileSync(join(beside, STAMP), stamp);
  exchange(beside);
  built();
  return PAGE;
}

const COMPRESSIBLE = /[.](js|css|svg|json)$/;

/** Writes a gzipped copy of each text file, so that the gateway can send it with its length and need not compress. */
function compress(folder: string): void {
  for (const file of readdirSync(folder).filter((name) => COMPRESSIBLE.test(name))) {
    writeFileSync(join(folder, `${file}.gz`), gzipSync(readFileSync(join(folder, file)), { level: 9 }));
  }
}

function exchange(beside: string): void {
  const old = `${beside}.old`;
  if (existsSync(PAGE)) renameSync(PAGE, old);
  renameSync(beside, PAGE);
  rmSync(old, { recursive: true, force: true });
}

/** A hash over names and contents: a checkout that changes only file times causes no build. */
function stampOfSources(): string {
  const hash = createHash('sha256');
  for (const file of sourcesOfPage())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex');
}

/** The files whose change causes a new build, relative to the root. */
export function sourcesOfPage(): string[] {
  const inFolders = INPUTS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
  );
  const counts = (file: string) =>
    (file.startsWith('web/') || CONTRACT_FILE.test(file)) && !/[.]test[.]tsx?$/.test(file);
  return [...inFolders.filter(counts).sort(), 'package-lock.json', 'scripts/page.ts'];
}

/** Sources of the server that are part of the page: contracts, in a file or a folder, and shared values. */
const CONTRACT_FILE = /\/(contract|values|problem)([.]ts$|\/)/;
const readOr = (file: string, otherwise: string) => (existsSync(file) ? readFileSync(file, 'utf8') : otherwise);

interface ConfigOptions {
  outDir?: string;
  plugins?: InlineConfig['plugins'];
  logLevel?: LogLevel;
}

/** Options of the build and of the development server. */
export function viteConfig({ outDir, plugins = [], logLevel = 'warn' }: ConfigOptions = {}): InlineConfig {
  return {
    root: join(ROOT, 'web'),
    configFile: false,
    logLevel,
    publicDir: 'public',
    plugins: [operationsTable(), framed(), described(), plugins],
    build: {
      ...(outDir !== undefined && { outDir }),
      emptyOutDir: true,
      manifest: true,
      target: 'es2023',
      modulePreload: { polyfill: false },
      // Otherwise fonts and images in style sheets would become data: URLs.
      assetsInlineLimit: 0,
      // The first load names each file. Seven characters of base64 are 42 bits, and nothing compresses them.
      rolldownOptions: {
        output: { chunkFileNames: 'assets/[name]-[hash:7].js', assetFileNames: 'assets/[name]-[hash:7][extname]' },
      },
      reportCompressedSize: false,
    },
    css: { devSourcemap: true },
    // Scripts and style sheets refer to each other by relative paths, so that they work below any prefix. The shell has
    // absolute paths; the gateway inserts the prefix (src/gateway/http/staticPages.ts).
    experimental: { renderBuiltUrl: (_file, { hostType }) => (hostType === 'html' ? undefined : { relative: true }) },
  };
}

/**
 * Computes the values of this module in the build, so that the browser gets a table instead of all contracts and zod: the
 * operations that the page names anywhere.
 */
function operationsTable(): Plugin {
  const FILE = join(ROOT, 'web/operations.ts');
  return {
    name: 'operations-table',
    enforce: 'pre',
    async load(id) {
      if (id.split('?')[0] !== FILE) return null;
      const { operations } = await evaluate<{ operations: Record<string, object> }>(FILE);
      const words = wordsOfPage();
      const named = Object.entries(operations).map(([module, all]) => [
        module,
        Object.fromEntries(Object.entries(all).filter(([name]) => words.has(name))),
      ]);
      return `export const operations = ${JSON.stringify(Object.fromEntries(named))};`;
    },
  };
}

/** Every word after a dot or a quotation mark in the sources of the page: the names that it can use. */
function wordsOfPage(): Set<string> {
  const files = sourcesOfPage().filter((file) => /^web\/.*\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file));
  return new Set(files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/(?<=[.'"`])\w+/g) ?? []));
}

/** Bundles a file of the page and returns what it exports. */
async function evaluate<T>(file: string): Promise<T> {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
  });
  const module = { exports: {} };
  const run = new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '');
  run(module, module.exports, () => ({}));
  return module.exports as T;
}

/**
 * The code that is visible before any other file is loaded: the script that sets the theme, and the frame. It is inline,
 * because each file costs a round trip; the policy of the page allows it by its hashes.
 */
function framed(): Plugin {
  return {
    name: 'framed',
    async transformIndexHtml(html) {
      const { frame, script } = await evaluate<{ frame: string; script: string }>(join(ROOT, 'web/frame.ts'));
      const theme = readFileSync(join(ROOT, 'web/first.js'), 'utf8').replace(/^ *\/\/.*\n/gm, '');
      const inlined = html.replace('<!--frame-->', () => `${frame}\n<script>${script}</script>`);
      return { html: inlined, tags: [{ tag: 'script', children: theme, injectTo: 'head-prepend' }] };
    },
  };
}

function assetIn(bundle: Rollup.OutputBundle, file: string): Rollup.OutputAsset {
  const found = bundle[file];
  if (found?.type !== 'asset') throw new Error(`${file} is missing in the build.`);
  return found;
}

/** The shell with an inline style sheet: a separate file would delay the first paint. */
function withStyle(html: string, bundle: Rollup.OutputBundle): string {
  return html.replace(/<link rel="stylesheet"[^>]*href="\/([^"]+)">/g, (_link, file: string) => {
    const css = String(assetIn(bundle, file).source);
    if (css.includes('</') || css.includes('url(')) throw new Error(`${file} cannot be inline in the shell.`);
    return `<style>${css}</style>`;
  });
}

/** The hashes with which the policy of the shell allows its inline code. */
function hashesOf(html: string, tag: 'script' | 'style'): string[] {
  const inline = html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'));
  return [...inline].map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
}

/** Data of the page for servers, and the service worker that serves the page if the server is unreachable. */
function described(): Plugin {
  return {
    name: 'described',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const { ROUTES } = await evaluate<{ ROUTES: Record<string, string> }>(join(ROOT, 'web/routes.ts'));
      const routes = Object.values(ROUTES);
      const files = Object.keys(bundle).filter((file) => file.startsWith('assets/'));
      const style = files.find((file) => /^assets\/index-[^/]+[.]css$/.test(file));
      const emit = (fileName: string, source: string) => this.emitFile({ type: 'asset', fileName, source });
      const index = assetIn(bundle, 'index.html');
      const shell = withStyle(String(index.source), bundle);
      index.source = shell;
      const inline = { scripts: hashesOf(shell, 'script'), styles: hashesOf(shell, 'style') };
      emit('page.json', JSON.stringify({ routes, style: `/${style}`, inline }));
      emit('pages.conf', nginxMap(routes) + nginxInline(inline));
      emit('sw.js', workerOf(files, shell));
    },
  };
}

/** For nginx: the paths of the page and their files. No file ends in a slash. */
function nginxMap(routes: readonly string[]): string {
  const shells = routes.map((route) => `  ${nginxPattern(route)} /index.html;`);
  return ['map $uri $page {', '  default /-/;', '  /docs /docs.html;', '  /sw.js /sw.js;', ...shells, '}', ''].join(
    '\n',
  );
}

/** For nginx: the inline code that the policy allows in the shell. */
const nginxInline = ({ scripts, styles }: { scripts: string[]; styles: string[] }) =>
  [
    ...['map $page $inline_scripts {', "  default '';", `  /index.html " ${scripts.join(' ')}";`, '}'],
    ...['map $page $inline_styles {', "  default '';", `  /index.html " ${styles.join(' ')}";`, '}', ''],
  ].join('\n');

// nginx matches the decoded path, in which the name of a service can contain a slash.
const nginxPattern = (route: string) =>
  route.includes(':') ? `~^${route.replace(/:service$/, '.+').replace(/:\w+/g, '[^/]+')}$` : route;

/** Other files that the page needs if the server is unreachable. */
const BESIDE = ['assets/bell.svg', 'assets/icon-192.png', 'assets/manifest.json'];

function workerOf(files: readonly string[], shell: string): string {
  const source = ['web/sw.js', 'web/push/worker.js'].map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
  const hash = createHash('sha256').update(source).update(files.join()).update(shell);
  for (const file of BESIDE) hash.update(readFileSync(join(ROOT, 'web/public', file)));
  return source
    .replace('__VERSION__', hash.digest('hex').slice(0, 12))
    .replace("['__FILES__']", JSON.stringify([...files, ...BESIDE].map((file) => `/${file}`)));
}

if (require.main === module) void buildPage();
