import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A real bundler builds the page, next to other tests. */
jest.setTimeout(180_000);

const ROOT = resolve(__dirname, '..');
const COPIED = ['scripts', 'src', 'web', 'package.json', 'package-lock.json', 'tsconfig.json'];

let checkout: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'start-'));
  for (const each of COPIED) cpSync(join(ROOT, each), join(checkout, each), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  // These tests do not need the server itself.
  writeFileSync(join(checkout, 'src/main.ts'), "process.stdout.write('The server runs.\\n');\n");
});

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

/** The output of a start, in chunks, and its error output. */
function started(): Promise<{ lines: string[]; complaints: string }> {
  const child = spawn(process.execPath, ['scripts/start.mjs'], { cwd: checkout });
  let printed = '';
  let complaints = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (complaints += chunk));
  return new Promise((done) =>
    child.once('close', () =>
      done({
        lines: printed
          .trim()
          .split('\n')
          .map((line) => line.trim()),
        complaints,
      }),
    ),
  );
}

test('a first start prints at once that it starts, then its builds, and no warnings of a bundler', async () => {
  const { lines, complaints } = await started();
  expect(complaints).toBe('');
  expect(lines[0]).toBe('Tocsin is starting.');
  expect(lines.slice(1, 3).sort()).toEqual(['Building the page …', 'Building the server …']);
  expect(lines.slice(3, 5).sort()).toEqual([
    expect.stringMatching(/^Built the page in \d+\.\d s\.$/),
    expect.stringMatching(/^Built the server in \d+\.\d s\.$/),
  ]);
  expect(lines.slice(5)).toEqual(['The server runs.']);
});

test('a later start builds nothing', async () => {
  await started();
  expect((await started()).lines).toEqual(['Tocsin is starting.', 'The server runs.']);
});
