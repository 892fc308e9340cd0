// `npm start`: bundles the server when a source is newer than the bundle, then becomes the server.
import { build } from './build.mjs';

await build();
await import('../dist/main.cjs');
