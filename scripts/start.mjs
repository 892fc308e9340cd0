// `npm start`: builds the server and the page if a source changed, then becomes the server.
import { build } from './build.mjs';
import { buildPage } from './page.mjs';

const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;

/** Prints when a build begins and ends, because a first start builds for several seconds. */
function progress(what) {
  const began = performance.now();
  console.log(`  Building ${what} …`);
  return () => console.log(`  Built ${what} in ${seconds(performance.now() - began)}.`);
}

console.log('Tocsin is starting.');
// Warnings of the bundlers are for developers, who see them with `npm run build`.
await Promise.all([build({ progress, logLevel: 'silent' }), buildPage({ progress, logLevel: 'silent' })]);
await import('../dist/main.cjs');
