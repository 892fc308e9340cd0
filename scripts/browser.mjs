/**
 * A real browser for tests and figures: CHROMIUM_PATH where it is set, else the Chromium that comes as an npm package,
 * unpacked once, with the libraries it brings for hosts that lack them. Prints `{ executablePath, env }` as JSON.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/chromium', import.meta.url));

/** The package's own fonts, wherever they were unpacked, and those of the host. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${CACHE}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${CACHE}/fonts-cache</cachedir>
</fontconfig>
`;

export async function browser() {
  if (process.env.CHROMIUM_PATH) return { executablePath: process.env.CHROMIUM_PATH, env: {} };
  if (!existsSync(CACHE)) await unpack();
  return {
    executablePath: join(CACHE, 'chromium'),
    env: { LD_LIBRARY_PATH: join(CACHE, 'al2023/lib'), FONTCONFIG_PATH: join(CACHE, 'fonts') },
  };
}

/** Unpacked beside and then put in place, so that nobody starts half a browser. */
async function unpack() {
  mkdirSync(join(CACHE, '..'), { recursive: true });
  const beside = mkdtempSync(`${CACHE}.`);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = beside;
  // By these the package knows that its libraries are wanted too; without them it expects the host to have them.
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';
  const { default: chromium } = await import('@sparticuz/chromium');
  await chromium.executablePath();
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  if (!readdirSync(beside).includes('chromium')) throw new Error('The browser could not be unpacked.');
  writeFileSync(join(beside, 'fonts/fonts.conf'), FONTS);
  if (existsSync(CACHE)) rmSync(beside, { recursive: true });
  else renameSync(beside, CACHE);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await browser()));
}
