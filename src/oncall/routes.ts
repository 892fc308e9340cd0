import { Router } from 'express';
import { routeTable } from '../kernel/http/edge';
import { oncallContract, oncallRoutes } from './contract';
import type { OncallMetrics } from './metrics';

const SECONDS_PER_MS = 0.001;

/** Measures the public requests of this module, whatever their result; it answers none itself. */
export function measuredRoutes(metrics: Pick<OncallMetrics, 'requests' | 'duration' | 'httpErrors'>): Router {
  const table = routeTable({ oncall: { ...oncallContract, ...oncallRoutes } });
  const router = Router();
  router.use((req, res, next) => {
    const found = table.find(req.method, req.path);
    if (found === undefined || !('op' in found) || found.op.access === 'internal') return next();
    const endpoint = found.op.path.replace(/:\w+/g, '{param}');
    const started = performance.now();
    res.once('close', () => {
      const labels = { method: req.method, endpoint };
      const status = String(res.statusCode);
      metrics.requests.inc({ ...labels, status });
      metrics.duration.observe(labels, (performance.now() - started) * SECONDS_PER_MS);
      if (res.statusCode >= 400) metrics.httpErrors.inc({ ...labels, status });
    });
    next();
  });
  return router;
}
