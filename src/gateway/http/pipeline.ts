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
import { pageOfNothing } from './staticPages';
import type { Upstreams } from './upstream';

export interface FrontDeps {
  rooms: Deps;
  metrics: ReturnType<typeof gatewayMetrics>;
  /** The page's files, for anybody. */
  page: RequestHandler;
  /** The gateway's own doors, and what answers behind them. */
  own: { doors: Record<string, Route>; door: RequestHandler };
}

/** The way of every request, from the street to the door of its module. The order is the design. */
export function createFront({ rooms, metrics, page, own }: FrontDeps): RequestHandler {
  const { db, clock, settings, identities, houses } = rooms;
  const all = { ...inOrder(houses), gateway: own };
  const doors = Object.fromEntries(Object.entries(all).map(([module, house]) => [module, offered(house.doors)]));
  const table = routeTable(doors);
  const limits = { db, clock, settings, metrics };
  return Router({ caseSensitive: true }).use(
    identified,
    stripInternalHeaders,
    securityHeaders(settings.publicUrl),
    cors(settings.corsOrigins),
    cleanPath,
    page,
    pageOfNothing(table, prefixOf(settings.publicUrl)),
    identify(identities, table, settings.publicUrl),
    requestLimit(limits),
    admit(identities, table, segmentsOf(doors)),
    intakeLimit(limits),
    measured(metrics),
    (req, res, next) => moduleOf(res, all).door(req, res, next),
    () => {
      throw new Problem('not-found', 'There is nothing at this path.');
    },
  );
}

/** Incidents stand before oncall, because both answer /escalate and a known incident takes its own next step. */
const inOrder = ({ incidents, alerts, oncall, notify }: Upstreams): Upstreams => ({
  incidents,
  alerts,
  oncall,
  notify,
});

/** Default deny: what services only tell each other has no door here. */
const offered = (doors: Record<string, Route>): Record<string, Route> =>
  Object.fromEntries(Object.entries(doors).filter(([, { access }]) => access !== 'internal'));

const segmentsOf = (doors: Record<string, Record<string, Route>>): Set<string> =>
  new Set(Object.values(doors).flatMap((ofModule) => Object.values(ofModule).map(({ path }) => serviceOf(path))));

function moduleOf(res: Response, houses: Record<string, { door: RequestHandler }>): { door: RequestHandler } {
  const found = foundOf(res);
  const house = found !== undefined && 'op' in found ? houses[found.module] : undefined;
  if (!house) throw new Problem('not-found', 'There is nothing at this path.');
  return house;
}

const measured =
  (metrics: FrontDeps['metrics']): RequestHandler =>
  (req, res, next) => {
    watchService(metrics, req.method, req.path, res);
    next();
  };
