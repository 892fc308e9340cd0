/**
 * `npm run dev`: runs the server, which restarts if one of its sources changes, and Vite, which shows changes of the page at
 * once. Open the address that Vite prints; it passes all other requests to the server.
 */
import { spawn } from 'node:child_process';
import { buildPage, viteConfig } from './page';
import { DEFAULT_PORT } from './server';

const PORT = process.env['PORT'] ?? DEFAULT_PORT;
const PASSED_ON = ['/api', '/docs', '/openapi.json', '/l/', '/health', '/metrics'];

async function run(): Promise<void> {
  await buildPage();
  const server = spawn('node_modules/.bin/tsx', ['watch', 'src/main.ts'], { stdio: 'inherit' });
  server.on('exit', (code) => process.exit(code ?? 0));
  const [{ createServer }, { preact }] = await Promise.all([import('vite'), import('@preact/preset-vite')]);
  const config = viteConfig({ plugins: [preact({ devToolsEnabled: false })] });
  const target = `http://127.0.0.1:${PORT}`;
  const proxy = Object.fromEntries(PASSED_ON.map((path) => [path, { target }]));
  const vite = await createServer({ ...config, server: { port: Number(process.env['PAGE_PORT'] ?? 5173), proxy } });
  await vite.listen();
  vite.printUrls();
  const address = vite.resolvedUrls?.local[0];
  console.log(`  The page: ${address}   its parts: ${address}ui`);
}

void run();
