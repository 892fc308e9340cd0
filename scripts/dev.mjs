/**
 * `npm run dev`: the server, started again when a source of it changes, and before it Vite, which shows each change of
 * the page at once. Open Vite's address; what is not the page's is passed on to the server.
 */
import { spawn } from 'node:child_process';
import { buildPage, viteConfig } from './page.mjs';

const PORT = process.env.PORT ?? '8080';
const PASSED_ON = ['/api', '/docs', '/openapi.json', '/l/', '/health', '/metrics'];

await buildPage();
const server = spawn('node_modules/.bin/tsx', ['watch', 'src/main.ts'], { stdio: 'inherit' });
server.on('exit', (code) => process.exit(code ?? 0));

const [{ createServer }, { preact }] = await Promise.all([import('vite'), import('@preact/preset-vite')]);
const config = await viteConfig({ plugins: [preact({ devToolsEnabled: false })] });
const target = `http://127.0.0.1:${PORT}`;
const proxy = Object.fromEntries(PASSED_ON.map((path) => [path, { target }]));
const vite = await createServer({ ...config, server: { port: Number(process.env.PAGE_PORT ?? 5173), proxy } });
await vite.listen();
vite.printUrls();
console.log(`  The page: ${vite.resolvedUrls?.local[0]}   its parts: ${vite.resolvedUrls?.local[0]}ui`);
