import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertmanager } from '../src/alerts/formats/alertmanager';

const README = join(__dirname, '../README.md');
const SHOWN_URL = 'http://localhost:8080/api/v1/integrations/YOUR_KEY/alertmanager';

/** The file that the page shows for an integration with this URL. */
const fileFor = (url: string): string => alertmanager.setup[0].code.replaceAll('{url}', url);

/** Checks a configuration with amtool. */
function checked(text: string): { status: number | null; printed: string } {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, text);
  const run = spawnSync('amtool', ['check-config', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  if (run.error) throw new Error('This test needs amtool: apt-get install prometheus-alertmanager');
  return { status: run.status, printed: run.stdout + run.stderr };
}

test('Alertmanager starts with the file of the README', () => {
  const [, file = ''] = /```yaml alertmanager\n(.*?)```/s.exec(readFileSync(README, 'utf8')) ?? [];
  expect(checked(file)).toMatchObject({ status: 0, printed: expect.stringContaining('1 receivers') });
});

test('Alertmanager starts with the file that the pages show, which is that of the README', () => {
  const file = fileFor(SHOWN_URL);
  expect(checked(file).status).toBe(0);
  expect(readFileSync(README, 'utf8')).toContain(file);
});

test('Alertmanager refuses a file without a route', () => {
  expect(checked(fileFor(SHOWN_URL).replace(/route:\n( {2}.*\n)+/, '')).status).not.toBe(0);
});
