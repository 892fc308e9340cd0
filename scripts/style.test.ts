import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

/** Each test runs the whole tool, which is slow on a busy machine. */
jest.setTimeout(180_000);

const ENVIRONMENT = 'export const port = process.env.PORT;\n';
const NOW = 'export const now = (): unknown[] => [Date.now(), new Date()];\n';
const PRINT = "console.log('here');\n";
const FORGOTTEN = 'async function later(): Promise<void> {}\nexport function start(): void {\n  later();\n}\n';

/** A file, its content, and the rules that must report it. */
const CASES: readonly (readonly [file: string, text: string, rules: readonly string[]])[] = [
  ['src/config/config.ts', ENVIRONMENT, []],
  ['src/alerts/service.ts', ENVIRONMENT, ['noProcessEnv']],
  ['src/kernel/db/pool.ts', ENVIRONMENT, ['noProcessEnv']],
  ['src/oncall/domain/shifts.ts', NOW, ['plugin', 'plugin']],
  ['src/oncall/domain/shifts.test.ts', NOW, []],
  ['src/kernel/clock.ts', NOW, []],
  ['src/notify/service.ts', PRINT, ['noConsole']],
  ['scripts/start.mjs', PRINT, []],
  ['src/kernel/async/loop.ts', FORGOTTEN, ['noFloatingPromises']],
  ['src/incidents/service.test.ts', "test.only('one', () => {});\n", ['noFocusedTests']],
  ['src/notify/service.test.ts', "test.skip('one', () => {});\n", ['noSkippedTests']],
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'style-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

test('each planted fault is reported in its place, and nowhere else', () => {
  for (const file of ['biome.json', '.gitignore', 'scripts/clock.grit']) cpSync(join(ROOT, file), join(folder, file));
  for (const [file, text] of CASES) write(file, text);
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const lint = [biome, 'lint', '--error-on-warnings', '--reporter=github', 'src', 'scripts'];
  const run = spawnSync(process.execPath, lint, { cwd: folder, encoding: 'utf8' });
  const found = [...run.stdout.matchAll(/title=(?:lint\/\w+\/)?(\w+),file=([^,]+),/g)].map(
    ([, rule, file]) => `${file?.replace(`${folder}/`, '')}: ${rule}`,
  );
  expect(found.sort()).toEqual(CASES.flatMap(([file, , rules]) => rules.map((rule) => `${file}: ${rule}`)).sort());
  expect(run.status).toBe(1);
});
