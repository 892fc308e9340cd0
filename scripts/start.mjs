// `npm start`: builds server and page where a source changed, then becomes the server.
import { build } from './build.mjs';
import { buildPage } from './page.mjs';

await Promise.all([build(), buildPage()]);
await import('../dist/main.cjs');
