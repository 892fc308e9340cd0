import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder, freePort, until } from './product';

/** A real nginx on a free port, with its own folder for everything that it writes. */
export interface Nginx {
  url: string;
  /** The lines of its access log so far. */
  log(): string;
  stop(): Promise<void>;
}

const PROGRAM = '/usr/sbin/nginx';
const ROOT = join(__dirname, '../..');
const MIME_TYPES = '/etc/nginx/mime.types';
const ACCESS_LOG = 'access.log';
const STARTS_WITHIN_MS = 10_000;

function requireNginx(): void {
  if (!existsSync(PROGRAM) || !existsSync(MIME_TYPES)) {
    throw new Error('These tests need a real nginx: apt-get install nginx-light');
  }
}

/** If nginx starts as root, its workers must stay root: another user cannot read the folders of a test. */
const asSelf = process.getuid?.() === 0 ? 'user root;\n' : '';

async function start(folder: string, port: number): Promise<Nginx> {
  const options = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
  execFileSync(PROGRAM, ['-t', '-q', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const child: ChildProcess = spawn(PROGRAM, [...options, '-g', 'daemon off;'], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(url).then(
      (answer) => answer.body?.cancel().then(() => true) ?? true,
      () => false,
    );
  await until(answers, STARTS_WITHIN_MS);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  const log = (): string =>
    existsSync(join(folder, ACCESS_LOG)) ? readFileSync(join(folder, ACCESS_LOG), 'utf8') : '';
  return { url, log, stop };
}

/**
 * A reverse proxy that strips a path prefix, as an operator would set it up.
 * @param product starts the product with its public URL, and returns the URL on which it listens
 */
export async function prefixProxy(prefix: string, product: (publicUrl: string) => Promise<string>): Promise<Nginx> {
  requireNginx();
  const port = await freePort();
  const target = await product(`http://127.0.0.1:${port}${prefix}`);
  return start(prefixFolder(prefix, port, target), port);
}

function prefixFolder(prefix: string, port: number, target: string): string {
  const folder = emptyFolder();
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${asSelf}pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 33m;
  server {
    listen 127.0.0.1:${port};
    location ${prefix}/ {
      proxy_pass ${target}/;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Host $http_host;
      proxy_buffering off;
    }
    location / { return 404 "nothing of this product is here"; }
  }
}
`,
  );
  return folder;
}

/** nginx with the configuration of the container web-ui, with addresses and folders of this machine. */
export async function webUi(gateway: string): Promise<Nginx> {
  requireNginx();
  const port = await freePort();
  const folder = emptyFolder();
  mkdirSync(join(folder, 'tmp'));
  const given = join(ROOT, 'containers/nginx');
  const page = join(ROOT, 'dist/page');
  const config = readFileSync(join(given, 'nginx.conf'), 'utf8')
    .replace('listen 3000;', `listen 127.0.0.1:${port};`)
    .replace('api-gateway:8080', new URL(gateway).host)
    // Low enough for a test to reach.
    .replace('limit_conn per_address 512;', 'limit_conn per_address 40;')
    // Before the page, which is below /tmp if the project is.
    .replaceAll(' /tmp/', ` ${folder}/tmp/`)
    .replaceAll('/usr/share/nginx/html', page)
    .replace('error_log /dev/stderr', `error_log ${folder}/error.log`)
    .replace('access_log /dev/stdout json;', `access_log ${folder}/${ACCESS_LOG} json;`);
  writeFileSync(join(folder, 'nginx.conf'), asSelf + config);
  copyFileSync(join(given, 'headers.conf'), join(folder, 'headers.conf'));
  copyFileSync(join(page, 'pages.conf'), join(folder, 'pages.conf'));
  copyFileSync(MIME_TYPES, join(folder, 'mime.types'));
  return start(folder, port);
}
