import { type RequestHandler, Router } from 'express';
import { Gauge, type Registry } from 'prom-client';
import type { Db } from './db';
import { inTime } from './gauges';
import { poolMetrics } from './pool-metrics';
import { unavailable } from './problem';

/** What a machine asks a process about itself: is it up, can it work, and how is it doing. Public everywhere. */

export interface OperationsDeps {
  /** The name that monitoring knows: `api-gateway`, `alert-ingestion`, … */
  service: string;
  registry: Registry;
  /** The databases of the modules that live here. */
  databases: Record<string, Db>;
  /** More members of either answer, where the service has always told them. */
  health?: (() => Promise<Record<string, unknown>>) | undefined;
  readiness?: (() => Promise<Record<string, unknown>>) | undefined;
}

const nothingMore = async (): Promise<Record<string, unknown>> => ({});

export function operationsRouter(deps: OperationsDeps): Router {
  const { service, registry, databases, health = nothingMore, readiness = nothingMore } = deps;
  moduleGauge(registry, databases);
  poolMetrics(registry, databases);
  const router = Router();
  router.get('/health', async (_req, res) => {
    res.json({ status: 'ok', service, ...(await health().catch(() => ({}))) });
  });
  router.get('/health/ready', ready(databases, readiness));
  router.get('/metrics', async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}

function ready(databases: Record<string, Db>, more: () => Promise<Record<string, unknown>>): RequestHandler {
  return async (_req, res) => {
    const answers = await Promise.all(
      Object.entries(databases).map(async ([module, db]) => [module, await answersSoon(db)]),
    );
    const silent = answers.filter(([, up]) => !up).map(([module]) => module);
    if (silent.length > 0) throw unavailable(`Database unavailable: ${silent.join(', ')}`, 2);
    res.json({ status: 'ok', database: 'connected', ...(await more()) });
  };
}

const answersSoon = (db: Db): Promise<boolean> =>
  inTime(db.raw('select 1')).then(
    () => true,
    () => false,
  );

function moduleGauge(registry: Registry, databases: Record<string, Db>): void {
  const gauge = new Gauge({
    name: 'tocsin_module_up',
    help: 'Whether a module that lives in this process can reach its database.',
    labelNames: ['module'],
    registers: [registry],
    async collect() {
      await Promise.all(
        Object.entries(databases).map(async ([module, db]) => this.labels(module).set((await answersSoon(db)) ? 1 : 0)),
      );
    },
  });
  for (const module of Object.keys(databases)) gauge.labels(module).set(0);
}
