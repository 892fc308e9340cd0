/**
 * Checks imports by the rules of .dependency-cruiser.cjs and prints `rule: from → to` for every fault. A source file that
 * was not checked is a fault too: with an unsupported TypeScript version, dependency-cruiser checks no file and reports
 * success. Usage: tsx scripts/boundaries.ts [folder]
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { ROOT } from './root';

const sourcesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /[.]tsx?$/.test(file))
    .map((file) => join(folder, file).replaceAll('\\', '/'));

/** The package has ES modules only, so it is imported dynamically. */
async function loadCruiser() {
  const [{ cruise }, rules, tsConfig] = await Promise.all([
    import('dependency-cruiser'),
    import('dependency-cruiser/config-utl/extract-depcruise-config'),
    import('dependency-cruiser/config-utl/extract-ts-config'),
  ]);
  return { cruise, extractRules: rules.default, extractTsConfig: tsConfig.default };
}

async function run(): Promise<void> {
  const { cruise, extractRules, extractTsConfig } = await loadCruiser();
  process.chdir(resolve(process.argv[2] ?? '.'));
  const folders = ['src', 'web', 'scripts'].filter((folder) => existsSync(folder));
  const { options, ...ruleSet } = await extractRules(join(ROOT, '.dependency-cruiser.cjs'));
  const { output } = await cruise(
    folders,
    { ...options, ruleSet, validate: true },
    {},
    { tsConfig: extractTsConfig('tsconfig.json') },
  );
  const { modules, summary } = output as ICruiseResult;
  const sources = folders.flatMap(sourcesOf);
  const cruised = new Set(modules.map((module) => module.source));
  const faults = [
    ...sources.filter((file) => !cruised.has(file)).map((file) => `not-cruised: ${file}`),
    ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  ];
  for (const fault of faults) console.log(fault);
  console.log(`${sources.filter((file) => cruised.has(file)).length} source files cruised`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

void run();
