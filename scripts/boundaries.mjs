/**
 * Who imports whom, judged by .dependency-cruiser.cjs: prints `rule: from → to` for every fault.
 * A cruise that saw fewer files than there are is itself a fault: with a TypeScript it cannot use, dependency-cruiser
 * sees no module at all and reports that all is well.
 * Usage: node scripts/boundaries.mjs [folder]
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractRules from 'dependency-cruiser/config-utl/extract-depcruise-config';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const RULES = fileURLToPath(new URL('../.dependency-cruiser.cjs', import.meta.url));

const sourcesOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => /[.]tsx?$/.test(file))
    .map((file) => join(folder, file).replaceAll('\\', '/'));

process.chdir(resolve(process.argv[2] ?? '.'));
const folders = ['src', 'web', 'scripts'].filter((folder) => existsSync(folder));
const { options, ...ruleSet } = await extractRules(RULES);
const { output } = await cruise(
  folders,
  { ...options, ruleSet, validate: true },
  {},
  { tsConfig: extractTsConfig('tsconfig.json') },
);

const sources = folders.flatMap(sourcesOf);
const cruised = new Set(output.modules.map((module) => module.source));
const faults = [
  ...sources.filter((file) => !cruised.has(file)).map((file) => `not-cruised: ${file}`),
  ...output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
];
for (const fault of faults) console.log(fault);
console.log(`${sources.filter((file) => cruised.has(file)).length} source files cruised`);
process.exitCode = faults.length > 0 ? 1 : 0;
