import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express, { type RequestHandler, Router } from 'express';
import type { RouteTable } from '../../kernel/http/edge';

/** Files for browsers: the page shell at the routes of the pages, the API document, assets. */

/** The result of the page build (scripts/page.ts). The routes come from web/routes.ts. */
interface PageBuild {
  routes: string[];
  /** The style sheet, for pages that need no script. */
  style: string;
  /** Hashes of the inline scripts and styles of the shell, as its policy lists them. */
  inline: { scripts: string[]; styles: string[] };
}

/** The files of swagger-ui-dist that are served. */
const SWAGGER = ['swagger-ui.css', 'swagger-ui-bundle.js'];
const ASSET_AGE_SECONDS = 300;
/** Files with a hash in their name never change. */
const HASHED = /-[\w-]{7,8}[.]\w+$/;
const GZIP = '.gz';
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_NOW = `public, max-age=${ASSET_AGE_SECONDS}`;

/**
 * Serves the pages, the API document and the assets.
 * @param prefix path below which a proxy serves the product; the proxy removes it, so the routes here do not have it
 */
export function pageRoutes(openapi: object, prefix: string): RequestHandler {
  const router = Router({ caseSensitive: true });
  const folder = pageFolder();
  const { routes, style } = buildOf(folder);
  const shell = shellOf(prefix);
  for (const path of routes) router.get(path, shell);
  router.get('/docs', sends(join(folder, 'docs.html'), 'no-cache'));
  router.get('/sw.js', sends(join(folder, 'sw.js'), 'no-cache'));
  router.get('/assets/tocsin.css', sends(join(folder, style), FOR_NOW));
  const swagger = dirname(require.resolve('swagger-ui-dist/package.json'));
  for (const file of SWAGGER) router.get(`/docs/${file}`, sends(join(swagger, file), FOR_NOW));
  const described = JSON.stringify(prefix === '' ? openapi : { ...openapi, servers: [{ url: prefix }] });
  router.get('/openapi.json', (_req, res) => {
    res.setHeader('Cache-Control', 'no-cache');
    res.type('json').send(described);
  });
  return router.use('/assets', assets(join(folder, 'assets')));
}

function assets(folder: string): RequestHandler {
  const gzipped = new Set(readdirSync(folder).filter((file) => file.endsWith(GZIP)));
  const files = express.static(folder, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (res, file) => {
      const name = file.endsWith(GZIP) ? file.slice(0, -GZIP.length) : file;
      res.setHeader('Cache-Control', HASHED.test(name) ? FOR_EVER : FOR_NOW);
    },
  });
  return (req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return next();
    const name = req.path.slice(1);
    if (gzipped.has(name + GZIP)) {
      res.vary('Accept-Encoding');
      if (req.acceptsEncodings('gzip')) {
        res.type(extname(name)).setHeader('Content-Encoding', 'gzip');
        req.url = req.url.replace(name, name + GZIP);
      }
    }
    files(req, res, next);
  };
}

/**
 * Answers a browser at an unknown address with the page, as 404; the page shows that there is nothing. Programs do not ask
 * for HTML by name, so they get the problem.
 * @param prefix as in `pageRoutes`
 */
export function notFoundPage(table: RouteTable, prefix: string): RequestHandler {
  const send = shellOf(prefix, 404);
  return (req, res, next) => {
    const reads = req.method === 'GET' || req.method === 'HEAD';
    if (reads && /\btext\/html\b/i.test(req.get('accept') ?? '') && table.find(req.method, req.path) === undefined) {
      return send(req, res, next);
    }
    next();
  };
}

const sends =
  (file: string, cacheControl: string): RequestHandler =>
  (_req, res, next) => {
    res.setHeader('Cache-Control', cacheControl);
    res.sendFile(file, { cacheControl: false, dotfiles: 'allow' }, (error) => {
      if (error && !res.headersSent) next(error);
    });
  };

/**
 * Serves the shell. It names its assets by paths from the root, so the prefix is added to them and given to the script. Its
 * policy allows its inline scripts and styles by their hashes. It is gzipped once.
 */
function shellOf(prefix: string, status = 200): RequestHandler {
  const folder = pageFolder();
  const path = prefix.replace(/[&"<>]/g, encodeURIComponent);
  const written = readFileSync(join(folder, 'index.html'), 'utf8');
  const shell =
    prefix === ''
      ? written
      : written.replace('<html ', `<html data-base="${path}" `).replace(/(\b(?:src|href)=")\/(?!\/)/g, `$1${path}/`);
  const { scripts, styles } = buildOf(folder).inline;
  const gzipped = gzipSync(shell, { level: 9 });
  const tag = `W/"${createHash('sha256').update(shell).digest('base64url').slice(0, 22)}"`;
  return (req, res) => {
    const policy = String(res.getHeader(POLICY) ?? '')
      .replace("script-src 'self'", ["script-src 'self'", ...scripts].join(' '))
      .replace("style-src 'self'", ["style-src 'self'", ...styles].join(' '));
    res.status(status).setHeader(POLICY, policy);
    res.setHeader('Cache-Control', 'no-cache');
    res.setHeader('ETag', tag);
    res.type('html').vary('Accept-Encoding');
    if (!req.acceptsEncodings('gzip')) return void res.send(shell);
    res.setHeader('Content-Encoding', 'gzip');
    res.send(gzipped);
  };
}

const POLICY = 'Content-Security-Policy';

const buildOf = (folder: string): PageBuild => JSON.parse(readFileSync(join(folder, 'page.json'), 'utf8')) as PageBuild;

/** The folder of the built page. It is searched upwards, because sources run in `src/gateway` and a bundle in `dist`. */
function pageFolder(): string {
  for (let at = __dirname; dirname(at) !== at; at = dirname(at)) {
    const folder = join(at, 'dist/page');
    if (existsSync(join(folder, 'page.json'))) return folder;
  }
  throw new Error('The page is not built: npm run build');
}
