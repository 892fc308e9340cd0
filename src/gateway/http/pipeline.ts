import { type RequestHandler, type Response, Router } from 'express';
import { routeTable } from '../../kernel/http/edge';
import type { Route } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { admit, foundOf, identify } from '../auth/authenticate';
import { prefixOf } from '../auth/cookies';
import { intakeLimit, requestLimit } from '../auth/rateLimits';
import type { Deps } from '../deps';
import { type gatewayMetrics, serviceOf, watchService } from '../metrics';
import { cors } from './cors';
import { cleanPath, identified, securityHeaders, stripInternalHeaders } from './sanitize';
import { notFoundPage } from './staticPages';
import type { Upstreams } from './upstream';
import { vendorRefusal } from './vendorRefusal';

export interface PipelineDeps {
  deps: Deps;
  metrics: ReturnType<typeof gatewayMetrics>;
  /** The files of the pages; they need no credential. */
  page: RequestHandler;
  /** The gateway's own operations. */
  own: { routes: Record<string, Route>; handler: RequestHandler };
}

/**
 * The middleware of every request: identify, limit, authorize, then the handler of its module. The order matters: requests
 * that are refused count against the limit too.
 */
export function createPipeline({ deps, metrics, page, own }: PipelineDeps): RequestHandler {
  const { db, clock, settings, identities, upstreams } = deps;
  const all = { ...inOrder(upstreams), gateway: own };
  const routes = Object.fromEntries(
    Object.entries(all).map(([module, upstream]) => [module, publicRoutes(upstream.routes)]),
  );
  const table = routeTable(routes);
  const limits = { db, clock, settings, metrics };
  const router = Router({ caseSensitive: true }).use(
    identified,
    stripInternalHeaders,
    securityHeaders(settings.publicUrl),
    cors(settings.corsOrigins),
    cleanPath(table),
    page,
    notFoundPage(table, prefixOf(settings.publicUrl)),
    identify(identities, table, settings.publicUrl),
    requestLimit(limits),
    admit(identities, table, segmentsOf(routes)),
    intakeLimit(limits),
    measured(metrics),
    (req, res, next) => moduleOf(res, all).handler(req, res, next),
    () => {
      throw new Problem('not-found', 'There is nothing at this path.');
    },
  );
  return router.use(vendorRefusal(deps.log));
}

/** Both incidents and oncall have /escalate. Incidents comes first, because a known incident runs its own next step. */
const inOrder = ({ incidents, alerts, oncall, notify }: Upstreams): Upstreams => ({
  incidents,
  alerts,
  oncall,
  notify,
});

/** Default deny: operations between modules (`internal`) have no route here. */
const publicRoutes = (routes: Record<string, Route>): Record<string, Route> =>
  Object.fromEntries(Object.entries(routes).filter(([, { access }]) => access !== 'internal'));

const segmentsOf = (routes: Record<string, Record<string, Route>>): Set<string> =>
  new Set(Object.values(routes).flatMap((ofModule) => Object.values(ofModule).map(({ path }) => serviceOf(path))));

function moduleOf(res: Response, upstreams: Record<string, { handler: RequestHandler }>): { handler: RequestHandler } {
  const found = foundOf(res);
  const upstream = found !== undefined && 'op' in found ? upstreams[found.module] : undefined;
  if (!upstream) throw new Problem('not-found', 'There is nothing at this path.');
  return upstream;
}

const measured =
  (metrics: PipelineDeps['metrics']): RequestHandler =>
  (req, res, next) => {
    watchService(metrics, req.method, req.path, res);
    next();
  };
