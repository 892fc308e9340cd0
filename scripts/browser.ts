/**
 * A real browser for tests and measurements: CHROMIUM_PATH if it is set, else Chromium from an npm package. It is unpacked
 * once, with libraries for hosts that lack them.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root';

const CACHE = join(ROOT, 'node_modules/.cache/chromium');

/** The fonts of the package and those of the host. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${CACHE}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${CACHE}/fonts-cache</cachedir>
</fontconfig>
`;

export interface Browser {
  executablePath: string;
  /** Additional environment variables of the browser. */
  env: Record<string, string>;
}

export async function browser(): Promise<Browser> {
  const given = process.env['CHROMIUM_PATH'];
  if (given) return { executablePath: given, env: {} };
  if (!existsSync(CACHE)) await unpack();
  return {
    executablePath: join(CACHE, 'chromium'),
    env: { LD_LIBRARY_PATH: join(CACHE, 'al2023/lib'), FONTCONFIG_PATH: join(CACHE, 'fonts') },
  };
}

/** Unpacks into another folder first, so that no process starts an incomplete browser. */
async function unpack(): Promise<void> {
  mkdirSync(join(CACHE, '..'), { recursive: true });
  const beside = mkdtempSync(`${CACHE}.`);
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = beside;
  // With these variables the package unpacks its libraries too; else it uses those of the host.
  process.env['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs22.x';
  const { default: chromium } = await import('@sparticuz/chromium');
  await chromium.executablePath();
  if (TMPDIR === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = TMPDIR;
  if (!readdirSync(beside).includes('chromium')) throw new Error('The browser could not be unpacked.');
  writeFileSync(join(beside, 'fonts/fonts.conf'), FONTS);
  if (existsSync(CACHE)) rmSync(beside, { recursive: true });
  else renameSync(beside, CACHE);
}

// Tests run this file as a process, because jest cannot load a package that has ES modules only.
if (require.main === module) void browser().then((found) => console.log(JSON.stringify(found)));
