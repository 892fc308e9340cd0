import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { TSX } from './tsx';

const ROOT = resolve(__dirname, '..');

/** Each test runs the whole tool, which is slow on a busy machine. */
jest.setTimeout(180_000);
const LIBRARIES = ['zod', 'knex', 'pg', 'express', 'undici', 'temporal-polyfill'];
const DEV_LIBRARIES = ['supertest'];

/** An import that breaks one rule: the rule, the importing file, the imported file or library. */
type Plant = readonly [rule: string, from: string, to: string];

const PLANTS: readonly Plant[] = [
  ['no-circular', 'src/oncall/service/a.ts', 'src/oncall/service/b.ts'],
  ['no-unresolvable', 'src/kernel/http/outgoing.ts', 'src/kernel/nowhere.ts'],
  ['no-test-in-production', 'src/kernel/http/outgoing.ts', 'src/testing/harness.ts'],
  ['no-test-in-production', 'src/notify/service.ts', 'src/notify/service.test.ts'],
  ['no-dev-library-in-production', 'src/notify/service.ts', 'supertest'],
  ['kernel-knows-no-module', 'src/kernel/http/outgoing.ts', 'src/notify/contract.ts'],
  ['kernel-knows-no-module', 'src/kernel/http/outgoing.ts', 'src/config/config.ts'],
  ['kernel-contract-is-light', 'src/kernel/ports/contract.ts', 'src/kernel/clock.ts'],
  ['contract-is-light', 'src/oncall/contract.ts', 'src/kernel/clock.ts'],
  ['contract-is-light', 'src/incidents/contract.ts', 'temporal-polyfill'],
  ['only-contract-lists-formats', 'src/alerts/service.ts', 'src/alerts/formats/index.ts'],
  ['domain-is-pure', 'src/oncall/domain/shifts.ts', 'src/kernel/clock.ts'],
  ['domain-is-pure', 'src/oncall/domain/shifts.ts', 'node:fs'],
  ['domain-is-pure', 'src/alerts/domain.ts', 'src/oncall/contract.ts'],
  ['store-holds-rows', 'src/oncall/store.ts', 'src/oncall/metrics.ts'],
  ['store-holds-rows', 'src/incidents/store/rows.ts', 'src/oncall/contract.ts'],
  ['neighbour-by-contract-only', 'src/incidents/service.ts', 'src/oncall/store.ts'],
  ['neighbour-by-contract-only', 'src/gateway/routes.ts', 'src/alerts/service.ts'],
  ['edge-parts-know-no-neighbour', 'src/alerts/formats/grafana.ts', 'src/oncall/contract.ts'],
  ['edge-parts-know-no-neighbour', 'src/alerts/routes.ts', 'src/oncall/contract.ts'],
  ['index-takes-ports-as-types', 'src/incidents/index.ts', 'src/notify/contract.ts'],
  ['notify-calls-only-down', 'src/notify/service.ts', 'src/oncall/contract.ts'],
  ['oncall-calls-only-down', 'src/oncall/service.ts', 'src/incidents/contract.ts'],
  ['incidents-calls-only-down', 'src/incidents/service.ts', 'src/alerts/contract.ts'],
  ['alerts-calls-only-down', 'src/alerts/service.ts', 'src/gateway/contract.ts'],
  ['modules-know-no-composition', 'src/notify/index.ts', 'src/config/config.ts'],
  ['only-compose-knows-the-modules', 'src/main.ts', 'src/notify/index.ts'],
  ['compose-imports-index-and-contract', 'src/compose.ts', 'src/notify/service.ts'],
  ['compose-imports-index-and-contract', 'src/config/banner.ts', 'type src/notify/service.ts'],
  ['sql-lives-in-stores', 'src/notify/service.ts', 'knex'],
  ['sql-lives-in-stores', 'src/kernel/http/outgoing.ts', 'pg'],
  ['http-lives-at-the-edge', 'src/notify/service.ts', 'express'],
  ['index-names-express-only-as-type', 'src/notify/index.ts', 'express'],
  ['outgoing-http-through-the-guard', 'src/notify/channels/slack.ts', 'undici'],
  ['browser-knows-contracts-only', 'web/ports.ts', 'src/notify/service.ts'],
  ['browser-carries-no-schema', 'web/ports.ts', 'src/notify/contract.ts'],
  ['parts-know-no-module', 'web/ui/card.ts', 'web/ports.ts'],
  ['words-are-only-words', 'web/text/parts.ts', 'web/ui/times.ts'],
  ['one-api-layer', 'web/session.ts', 'web/operations.ts'],
  ['server-knows-no-browser', 'src/gateway/http/staticPages.ts', 'web/routes.ts'],
];

/** Allowed imports; none of them may be reported. A leading `type ` makes it a type import. */
const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ['src/main.ts', 'src/config/config.ts'],
  ['src/main.ts', 'src/compose.ts'],
  ['src/config/banner.ts', 'type src/alerts/index.ts'],
  ['src/compose.ts', 'src/alerts/index.ts'],
  ['src/compose.ts', 'src/incidents/contract.ts'],
  ['src/config/config.ts', 'zod'],
  ['src/kernel/ports/contract.ts', 'zod'],
  ['src/kernel/db/pool.ts', 'knex'],
  ['src/kernel/ports/router.ts', 'express'],
  ['src/kernel/guard.ts', 'undici'],
  ['src/alerts/contract.ts', 'zod'],
  ['src/alerts/contract.ts', 'src/kernel/ports/contract.ts'],
  ['src/alerts/contract.ts', 'src/incidents/contract.ts'],
  ['src/alerts/domain.ts', 'src/alerts/contract.ts'],
  ['src/alerts/domain.ts', 'src/kernel/ports/problem.ts'],
  ['src/alerts/domain.ts', 'node:crypto'],
  ['src/oncall/domain/shifts.ts', 'temporal-polyfill'],
  ['src/alerts/store.ts', 'knex'],
  ['src/alerts/store.ts', 'src/alerts/domain.ts'],
  ['src/alerts/store.ts', 'src/kernel/db/pool.ts'],
  ['src/incidents/store/rows.ts', 'pg'],
  ['src/alerts/service.ts', 'src/incidents/contract.ts'],
  ['src/alerts/service.ts', 'src/alerts/store.ts'],
  ['src/incidents/jobs.ts', 'src/notify/contract.ts'],
  ['src/alerts/routes.ts', 'express'],
  ['src/gateway/routes.ts', 'src/alerts/contract.ts'],
  ['src/gateway/auth/sessions.ts', 'express'],
  ['src/alerts/index.ts', 'src/alerts/service.ts'],
  ['src/alerts/index.ts', 'type src/incidents/contract.ts'],
  ['src/alerts/index.ts', 'type express'],
  ['src/alerts/service.test.ts', 'src/testing/harness.ts'],
  ['src/alerts/service.test.ts', 'supertest'],
  ['web/ports.ts', 'type src/alerts/contract.ts'],
  ['web/ports.ts', 'src/kernel/ports/client.ts'],
  ['web/ports.ts', 'web/operations.ts'],
  ['web/operations.ts', 'src/alerts/contract.ts'],
  ['web/ui/time.ts', 'web/text/parts.ts'],
];

type Edge = readonly [from: string, to: string];

/** A repository with only these imports, and with empty libraries. */
function build(edges: readonly Edge[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'boundaries-'));
  const named = (names: string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
  const manifest = { name: 'sample', dependencies: named(LIBRARIES), devDependencies: named(DEV_LIBRARIES) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "module": "preserve" } }');
  for (const name of [...LIBRARIES, ...DEV_LIBRARIES]) {
    write(folder, `node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(folder, `node_modules/${name}/index.js`, '');
  }
  for (const [from, target] of edges) {
    const to = target.replace(/^type /, '');
    if (/^(src|web)\//.test(to) && !to.endsWith('nowhere.ts')) write(folder, to, '');
    write(folder, from, `import ${to === target ? '' : 'type '}{ thing } from '${specifier(from, to)}';\n`);
  }
  return folder;
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  appendFileSync(join(folder, file), text);
}

/** The import path from `from` to `to`. */
function specifier(from: string, to: string): string {
  if (!/^(src|web)\//.test(to)) return to;
  const path = relative(dirname(from), to).replace(/[.]ts$/, '');
  return path.startsWith('.') ? path : `./${path}`;
}

function cruise(folder: string): { faults: string[]; cruised: number; status: number | null } {
  const run = spawnSync(process.execPath, [...TSX, join(ROOT, 'scripts/boundaries.ts'), folder], { encoding: 'utf8' });
  const lines = run.stdout.trim().split('\n');
  return { faults: lines.slice(0, -1).sort(), cruised: Number.parseInt(lines.at(-1) ?? '', 10), status: run.status };
}

/** The fault as printed: an unresolved import keeps its path, a library is named by its folder. */
function printed([rule, from, to]: Plant): string {
  if (to.endsWith('nowhere.ts')) return `${rule}: ${from} → ${specifier(from, to)}`;
  if (LIBRARIES.includes(to) || DEV_LIBRARIES.includes(to)) return `${rule}: ${from} → node_modules/${to}/index.js`;
  return `${rule}: ${from} → ${to.replace(/^(node:|type )/, '')}`;
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('each planted import is reported by its own rule and by no other', () => {
  const cycle: Edge = ['src/oncall/service/b.ts', 'src/oncall/service/a.ts'];
  const folder = build([...ALLOWED, ...PLANTS.map(([, from, to]): Edge => [from, to]), cycle]);
  folders.push(folder);
  const { faults, status } = cruise(folder);
  expect(faults).toEqual(PLANTS.map(printed).sort());
  expect(status).toBe(1);
});

test('the allowed imports are not reported', () => {
  const folder = build(ALLOWED);
  folders.push(folder);
  expect(cruise(folder)).toMatchObject({ faults: [], status: 0 });
});

test('every rule has a planted import', () => {
  const { forbidden } = jest.requireActual<{ forbidden: { name: string }[] }>('../.dependency-cruiser.cjs');
  const planted = new Set(PLANTS.map(([rule]) => rule));
  expect(forbidden.map((rule) => rule.name).filter((name) => !planted.has(name))).toEqual([]);
});

test('a source file that was not cruised is reported', () => {
  const folder = build(ALLOWED);
  folders.push(folder);
  write(folder, 'src/node_modules/unseen.ts', '');
  expect(cruise(folder)).toMatchObject({ faults: ['not-cruised: src/node_modules/unseen.ts'], status: 1 });
});

test('every source file of this repository is cruised', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /[.]tsx?$/.test(file),
  );
  expect(cruise(ROOT).cruised).toBeGreaterThanOrEqual(sources.length);
});
