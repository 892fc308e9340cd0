import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express, { type RequestHandler, Router } from 'express';
import type { RouteTable } from '../../kernel/http/edge';

/** The browser's files: the shell at the page's own routes and nowhere else, the API's description, hashed assets. */

/** What the build says of the page (scripts/page.ts): its routes are listed in web/routes.ts, and nowhere else. */
interface PageFacts {
  routes: string[];
  /** The style sheet, for pages that need no script. */
  style: string;
  /** Hashes of what stands inside the shell, as its policy names them. */
  inline: { scripts: string[]; styles: string[] };
}

/** All that is served of swagger-ui-dist; the rest of the package is of no use to a browser. */
const SWAGGER = ['swagger-ui.css', 'swagger-ui-bundle.js'];
const ASSET_AGE_SECONDS = 300;
/** What the build named by its content never changes. */
const HASHED = /-[\w-]{8}[.]\w+$/;
const GZIP = '.gz';
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_NOW = `public, max-age=${ASSET_AGE_SECONDS}`;

/** @param prefix path below which a proxy serves the page; the proxy takes it off, so that routes here do not have it */
export function pageRoutes(openapi: object, prefix: string): RequestHandler {
  const router = Router({ caseSensitive: true });
  const folder = pageFolder();
  const { routes, style } = factsOf(folder);
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
 * Answers a browser at an address that nothing answers with the page, which says so: 404. Programs, which do not ask for
 * HTML by name, go on to the problem.
 *
 * @param prefix path below which a proxy serves the page, as of `pageRoutes`
 */
export function pageOfNothing(table: RouteTable, prefix: string): RequestHandler {
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
 * The shell names its assets by paths from the root; below a prefix they, and the page's own script, must know it. Its policy
 * allows by their hashes what stands inside it. It is gzipped once.
 */
function shellOf(prefix: string, status = 200): RequestHandler {
  const folder = pageFolder();
  const path = prefix.replace(/[&"<>]/g, encodeURIComponent);
  const written = readFileSync(join(folder, 'index.html'), 'utf8');
  const shell =
    prefix === ''
      ? written
      : written.replace('<html ', `<html data-base="${path}" `).replace(/(\b(?:src|href)=")\/(?!\/)/g, `$1${path}/`);
  const { scripts, styles } = factsOf(folder).inline;
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

const factsOf = (folder: string): PageFacts => JSON.parse(readFileSync(join(folder, 'page.json'), 'utf8')) as PageFacts;

/** Sources run from `src/gateway`, a bundle from `dist`: the built page stands below one of the folders above either. */
function pageFolder(): string {
  for (let at = __dirname; dirname(at) !== at; at = dirname(at)) {
    const folder = join(at, 'dist/page');
    if (existsSync(join(folder, 'page.json'))) return folder;
  }
  throw new Error('The page is not built: npm run build');
}
