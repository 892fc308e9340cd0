/**
 * `npm run dev`: the server, restarted when one of its sources changes, and Vite, which shows each change of the page at
 * once. Open the address that Vite prints; what is not part of the page is passed on to the server.
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
