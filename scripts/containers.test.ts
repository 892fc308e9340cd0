import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Request, Response } from 'express';
import { SETTINGS } from '../src/compose';
import { securityHeaders } from '../src/gateway/http/sanitize';
import { TSX } from './tsx';

const ROOT = join(__dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const SPLIT = read('docker-compose.split.yml');
const MONOLITH = read('docker-compose.yml');

/** Set by the compose files themselves: the port of a container, its modules, and the URLs of other modules. */
const SETTLED = /^(MODE|HOST|PORT|DATA_DIR|(NOTIFY|ONCALL|INCIDENTS|ALERTS|GATEWAY)_URL)$/;
/** Settings of calls between processes, which a monolith does not have. */
const BETWEEN_PROCESSES = /^(INTERNAL_TOKEN|RETRY_.*)$/;
const DATABASES = /DATABASE_URL$/;

const namesIn = (text: string) =>
  new Set([...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)/g)].map(([, name]) => name as string));
const READ_BY_THE_PROGRAM = SETTINGS.filter(({ compose, name }) => !compose && !SETTLED.test(name)).map(
  ({ name }) => name,
);

/** The services of a compose file with their lines. */
function servicesOf(text: string): Record<string, string> {
  const body = text.slice(text.indexOf('\nservices:\n'), text.indexOf('\nnetworks:\n'));
  const parts = body.split(/^ {2}([a-z-]+):$/m).slice(1);
  return Object.fromEntries(parts.flatMap((part, at) => (at % 2 === 0 ? [[part, parts[at + 1] as string]] : [])));
}

test('every setting of the program can be given to the containers, in both compose files', () => {
  const lacking = (text: string, settled: RegExp) =>
    READ_BY_THE_PROGRAM.filter((name) => !settled.test(name) && !namesIn(text).has(name));
  expect(lacking(MONOLITH, BETWEEN_PROCESSES)).toEqual([]);
  expect(lacking(SPLIT, DATABASES)).toEqual([]);
});

test('.env.example explains all variables of the compose files', () => {
  const known = new Set(SETTINGS.map(({ name }) => name));
  expect([...namesIn(SPLIT), ...namesIn(MONOLITH)].filter((name) => !known.has(name))).toEqual([]);
});

test('without .env a container has the ports and versions of .env.example', () => {
  for (const { name, fallback } of SETTINGS.filter(({ compose, fallback }) => compose && fallback !== '')) {
    const given = [...`${SPLIT}${MONOLITH}`.matchAll(new RegExp(`\\$\\{${name}:-([^}]*)\\}`, 'g'))];
    expect([name, new Set(given.map(([, value]) => value))]).toEqual([name, new Set([fallback])]);
  }
});

test('there are eleven containers, and only the gateway and the pages are reachable from other machines', () => {
  const services = servicesOf(SPLIT);
  expect(Object.keys(services)).toHaveLength(11);
  const open = Object.entries(services).filter(([, lines]) => /ports: \["\$\{/.test(lines));
  expect(open.map(([name]) => name).sort()).toEqual(['api-gateway', 'web-ui']);
  for (const port of SPLIT.matchAll(/ports: \["([^"]+)"\]/g)) expect(port[1]).toMatch(/^(127\.0\.0\.1:)?\$\{/);
});

test('no pattern of .dockerignore ends in a slash, because Docker removes it and the pattern matches files too', () => {
  const patterns = read('.dockerignore').split('\n');
  expect(patterns.filter((pattern) => pattern.endsWith('/'))).toEqual([]);
});

test('every foreign image can be pinned by its digest, and a Dockerfile without versions is refused', () => {
  const images = `${SPLIT}${MONOLITH}`.matchAll(/^\s*image: (\S+)$/gm);
  for (const [, image] of images) expect(image).toMatch(/^(tocsin-\w+|prom\/prometheus|grafana\/grafana)?:?\$\{\w+:-/);
  const dockerfile = read('Dockerfile');
  for (const [, from] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(from).toMatch(/^\$\{(NODE|NGINX)_IMAGE\}$/);
  const judge = (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'tocsin-test-')), 'Dockerfile');
    writeFileSync(file, text);
    return spawnSync(process.execPath, [...TSX, join(ROOT, 'scripts/ci/images.ts'), file], { encoding: 'utf8' }).stdout;
  };
  expect(judge(dockerfile)).toBe('');
  expect(judge(dockerfile.replace('ARG NODE_IMAGE=node:24-bookworm-slim', 'ARG NODE_IMAGE=node'))).toContain(
    'FROM node names no version',
  );
});

test('the service for large requests has a volume for them, because its /tmp is in memory', () => {
  expect(servicesOf(SPLIT)['alert-ingestion']).toContain('volumes: [alert-ingestion-data:/data]');
  expect(SPLIT).toMatch(/^volumes:\n(?: {2}[\w-]+:\n)*? {2}alert-ingestion-data:$/m);
});

test('a service gets only the password of its own role', () => {
  const own: Record<string, string> = {
    'alert-ingestion': 'ALERTS',
    'incident-management': 'INCIDENTS',
    'oncall-service': 'ONCALL',
    'notification-service': 'NOTIFY',
    'api-gateway': 'GATEWAY',
  };
  const services = servicesOf(SPLIT);
  for (const [service, module] of Object.entries(own)) {
    const told = [...namesIn(services[service] as string)].filter((name) => name.endsWith('_DB_PASSWORD'));
    expect([service, told]).toEqual([service, [`${module}_DB_PASSWORD`]]);
  }
});

test('web-ui sends the same headers for pages as the gateway', () => {
  const said: Record<string, string> = {};
  const res = { setHeader: (name: string, value: string) => Object.assign(said, { [name]: value }), removeHeader() {} };
  securityHeaders('http://localhost')({} as Request, res as unknown as Response, () => {});
  const lines = [...read('containers/nginx/headers.conf').matchAll(/^add_header (\S+) "?([^"]+?)"? always;$/gm)];
  expect(lines.length).toBeGreaterThan(4);
  // Empty for every page but the shell: the policy allows its inline code by hashes.
  const withoutInline = (value?: string) => value?.replace(/[$]inline_(scripts|styles)/g, '');
  for (const [, name, value] of lines) expect([name, said[name as string]]).toEqual([name, withoutInline(value)]);
});

test('expressions with braces are quoted, because nginx would read a brace as a block', () => {
  const bare = read('containers/nginx/nginx.conf')
    .split('\n')
    .filter((line) => /^\s*~\S*[{}]/.test(line));
  expect(bare).toEqual([]);
});

describe('a container that is given no secret, or one from a public file', () => {
  const start = (env: Record<string, string>) =>
    spawnSync('/bin/sh', [join(ROOT, 'containers/require-secrets.sh'), 'env'], {
      env: { PATH: process.env['PATH'] ?? '', REQUIRED_SECRETS: 'FIRST_SECRET SECOND_SECRET', ...env },
      encoding: 'utf8',
    });

  test('refuses to start and names each', () => {
    const { status, stderr } = start({ SECOND_SECRET: 'x<CHANGE_ME>' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/FIRST_SECRET is missing.*\n.*SECOND_SECRET still holds the placeholder/);
  });

  test('starts its program when they are set, without the secrets that the program does not need', () => {
    const { status, stdout } = start({ FIRST_SECRET: 'one', SECOND_SECRET: 'two', FORGET_SECRETS: 'SECOND_SECRET' });
    expect(status).toBe(0);
    expect(stdout).toContain('FIRST_SECRET=one');
    expect(stdout).not.toContain('two');
  });

  test.each([
    ['a-token', 'a-token'],
    ['', ''],
  ])('gives its program the secret %p in a file', (secret, content) => {
    const file = join(mkdtempSync(join(tmpdir(), 'secret-')), 'metrics-token');
    const given = { FIRST_SECRET: 'one', SECOND_SECRET: 'two', FORGET_SECRETS: 'METRICS_TOKEN' };
    const { status, stdout } = start({ ...given, METRICS_TOKEN: secret, SECRET_FILE: `METRICS_TOKEN=${file}` });
    expect([status, readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([0, content, 0o600]);
    expect(stdout).not.toMatch(/^METRICS_TOKEN=/m);
    rmSync(dirname(file), { recursive: true });
  });
});
