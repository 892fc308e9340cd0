// `npm start`: builds changed sources, then becomes the server. Node 20 does not run TypeScript, so this launcher is
// JavaScript: it bundles the build (build.ts) if a script changed, and runs that bundle.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCRIPTS = `${ROOT}scripts`;
const BUILD = `${ROOT}dist/build.cjs`;

/** Whether the bundle of the build is missing or older than a script. A shipped product has no sources to build. */
function isStale() {
  if (!existsSync(`${SCRIPTS}/build.ts`)) return false;
  if (!existsSync(BUILD)) return true;
  const changes = readdirSync(SCRIPTS).map((name) => statSync(`${SCRIPTS}/${name}`).mtimeMs);
  return Math.max(...changes) > statSync(BUILD).mtimeMs;
}

console.log('Tocsin is starting.');
if (isStale()) {
  const esbuild = await import('esbuild');
  const entryPoints = [`${SCRIPTS}/build.ts`];
  await esbuild.build({
    entryPoints,
    outfile: BUILD,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
  });
  await esbuild.stop();
}
if (existsSync(BUILD)) await (await import('../dist/build.cjs')).default.buildForStart();
await import('../dist/main.cjs');
