import { MODULES, type ModuleName, SERVICE_NAMES } from '../../src/kernel/modules';

/** How docker-compose.split.yml runs a module. */
interface Deployment {
  module: ModuleName;
  service: string;
  port: string;
  server: string;
  database: string;
}

/** The lines of a service in a compose file. */
function linesOf(compose: string, service: string): string {
  const [, lines] = compose.split(new RegExp(`^ {2}${service}:\\n`, 'm'));
  if (lines === undefined) throw new Error(`docker-compose.split.yml has no service ${service}.`);
  return lines.split(/^ {2}\S/m)[0] as string;
}

function deploymentOf(compose: string, module: ModuleName): Deployment {
  const service = SERVICE_NAMES[module];
  const lines = linesOf(compose, service);
  const [, port] = /^ +PORT: (\d+)$/m.exec(lines) ?? [];
  const url = new RegExp(`^ +${module.toUpperCase()}_DATABASE_URL: .*@([\\w-]+):\\d+/(\\w+)$`, 'm');
  const [, server, database] = url.exec(lines) ?? [];
  if (port === undefined || server === undefined || database === undefined) {
    throw new Error(`docker-compose.split.yml gives ${service} no PORT or no database.`);
  }
  return { module, service, port, server, database };
}

const list = (name: string, items: readonly string[]): string => `${name}=(${items.join(' ')})`;

/**
 * The text of scripts/ci/services.sh: modules, services, ports and databases as variables for bash, lowest module first.
 * It is a file, because a deployment from a checkout has no packages that could run TypeScript.
 * @throws Error if the compose file lacks a service, its port or its database
 */
export function servicesFile(compose: string): string {
  const deployments = MODULES.map((module) => deploymentOf(compose, module));
  return [
    '# shellcheck shell=bash disable=SC2034',
    '# Written by `npm run docs` from src/kernel/modules.ts and docker-compose.split.yml. Sourced, never run.',
    '# Services and modules are in the order in which they start: each calls only earlier ones.',
    list(
      'SERVICES',
      deployments.map(({ service }) => service),
    ),
    list('DATABASES', [...new Set(deployments.map(({ server }) => server))].sort()),
    list(
      'MODULES',
      deployments.map(({ module }) => module),
    ),
    `declare -A PORTS=(${deployments.map(({ service, port }) => `[${service}]=${port}`).join(' ')})`,
    '# Database server and database of each module.',
    `declare -A SERVERS=(${deployments.map(({ module, server }) => `[${module}]=${server}`).join(' ')})`,
    `declare -A DATABASE_OF=(${deployments.map(({ module, database }) => `[${module}]=${database}`).join(' ')})`,
    '',
  ].join('\n');
}
