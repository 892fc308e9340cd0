/** `tsx scripts/ci/images.ts <Dockerfile>`: checks the rules for shipped images. Prints one line per fault. */
import { readFileSync } from 'node:fs';

const text = readFileSync(process.argv[2] ?? '', 'utf8');
const faults: string[] = [];
if (/^#\s*syntax=/m.test(text)) faults.push('a # syntax line: the build would fetch a program from elsewhere');

/** Instructions with their continuation lines, without comments. */
const instructions = text
  .replace(/^\s*#.*$/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .flatMap((line) => {
    const [, name, rest] = line.trim().match(/^([A-Z]+)\s+(.*)$/) ?? [];
    return name === undefined || rest === undefined ? [] : [{ name, rest: rest.trim() }];
  });

/** Build arguments can replace base images; their defaults are before the first stage. */
const defaults = new Map<string, string>();
const baseOf = (from: string): string => from.replace(/\$\{(\w+)\}/g, (_, name: string) => defaults.get(name) ?? '');

interface Stage {
  from: string;
  as: string | undefined;
  has: { name: string; rest: string }[];
}

const stages: Stage[] = [];
for (const { name, rest } of instructions) {
  if (name === 'FROM')
    stages.push({ from: baseOf(rest.split(/\s+/)[0] ?? ''), as: /\bAS\s+(\S+)/i.exec(rest)?.[1], has: [] });
  else if (stages.length > 0) stages.at(-1)?.has.push({ name, rest });
  else if (name === 'ARG') defaults.set(rest.split('=')[0] ?? '', rest.slice(rest.indexOf('=') + 1));
}
if (stages.length < 2) faults.push('one stage only: what builds would be shipped');

for (const { from, has } of stages) {
  if (!stages.some(({ as }) => as === from) && !/:[\w.-]*\d/.test(from)) faults.push(`FROM ${from} names no version`);
  for (const { name, rest } of has) {
    if (name === 'ADD') faults.push(`ADD ${rest}: COPY says what it does`);
    if (/^(ARG|ENV)$/.test(name) && /(PASSWORD|SECRET|TOKEN|API_?KEY)\S*[= ]\S/i.test(rest))
      faults.push(`${name} ${rest.split(/[= ]/)[0]}: a secret would stay in the image`);
    if (name === 'RUN' && /\bnpm (install|i)\b/.test(rest))
      faults.push('npm install instead of npm ci: not what the lock file says');
    if (/^COPY$/.test(name) && /^\.\s/.test(rest)) faults.push('COPY . brings whatever lies around');
  }
}
const bases = new Set(stages.map(({ from }) => from));
for (const { as = '', has } of stages.filter(({ as = '' }) => as !== '' && !bases.has(as) && isShipped(as))) {
  const user = has.filter(({ name }) => name === 'USER').at(-1)?.rest;
  if (user === undefined || /^(root|0)(:|$)/.test(user)) faults.push(`${as} runs as root`);
  if (!has.some(({ name }) => name === 'HEALTHCHECK')) faults.push(`${as} has no HEALTHCHECK`);
}

/** Whether a stage is shipped. A stage from which another one copies is not. */
function isShipped(as: string): boolean {
  return !instructions.some(({ name, rest }) => name === 'COPY' && rest.includes(`--from=${as} `));
}

for (const fault of faults) console.log(fault);
process.exitCode = faults.length > 0 || instructions.length === 0 ? 1 : 0;
