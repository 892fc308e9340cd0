import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';

/** The browser's files: the page shell at the page's own routes and nowhere else, the API's description, assets. */

/** Routes of the page, each with its file. */
const PAGES: Record<string, string> = {
  '/': 'index.html',
  '/login': 'login.html',
  '/setup': 'setup.html',
  '/docs': 'docs.html',
};

/** All that is served of swagger-ui-dist; the rest of the package is of no use to a browser. */
const SWAGGER = ['swagger-ui.css', 'swagger-ui-bundle.js'];
const ASSET_AGE_SECONDS = 300;

export function pageRoutes(openapi: object): RequestHandler {
  const router = Router({ caseSensitive: true });
  const web = webFolder();
  for (const [path, file] of Object.entries(PAGES)) router.get(path, sends(join(web, file), 'no-cache'));
  const swagger = dirname(require.resolve('swagger-ui-dist/package.json'));
  const lasting = `public, max-age=${ASSET_AGE_SECONDS}`;
  for (const file of SWAGGER) router.get(`/docs/${file}`, sends(join(swagger, file), lasting));
  const described = JSON.stringify(openapi);
  router.get('/openapi.json', (_req, res) => {
    res.setHeader('Cache-Control', 'no-cache');
    res.type('json').send(described);
  });
  const assets = express.static(join(web, 'assets'), {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    maxAge: ASSET_AGE_SECONDS * 1_000,
  });
  router.use('/assets', (req, res, next) =>
    req.method === 'GET' || req.method === 'HEAD' ? assets(req, res, next) : next(),
  );
  return router;
}

const sends =
  (file: string, cacheControl: string): RequestHandler =>
  (_req, res, next) => {
    res.setHeader('Cache-Control', cacheControl);
    res.sendFile(file, { cacheControl: false, dotfiles: 'allow' }, (error) => {
      if (error && !res.headersSent) next(error);
    });
  };

/** Sources run from `src/gateway`, a bundle from `dist`: the folder stands beside one of the folders above either. */
function webFolder(): string {
  for (let at = __dirname; dirname(at) !== at; at = dirname(at)) {
    if (existsSync(join(at, 'web', 'index.html'))) return join(at, 'web');
  }
  throw new Error(`There is no web folder above ${__dirname}.`);
}
