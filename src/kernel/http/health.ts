import { type Request, type RequestHandler, Router } from 'express';
import { Gauge, type Registry } from 'prom-client';
import { shared } from '../async/sharedAnswer';
import { withTimeout } from '../async/withTimeout';
import type { Db } from '../db/pool';
import { VERSION } from '../jobs/status';
import { READ_WITHIN_MS } from '../observe/gauges';
import { poolMetrics } from '../observe/poolMetrics';
import { Problem, unavailable } from '../ports/problem';
import { isPrivate } from './address';
import { sameSecret } from './edge';
import { pace } from './pace';

/** The public routes about a process: `/health` (is it up), `/health/ready` (can it work) and `/metrics`. */

export interface OperationsDeps {
  /** The service name as in monitoring: `api-gateway`, `alert-ingestion`, … */
  service: string;
  registry: Registry;
  /** The databases of the modules of this process. */
  databases: Record<string, Db>;
  /** METRICS_TOKEN: if set, `/metrics` requires it. */
  metricsToken?: string | undefined;
  /** Additional members of `/health` and `/health/ready`. */
  health?: (() => Promise<Record<string, unknown>>) | undefined;
  readiness?: (() => Promise<Record<string, unknown>>) | undefined;
}

const nothingMore = async (): Promise<Record<string, unknown>> => ({});

/** The routes `/health`, `/health/ready` and `/metrics` of a process. */
export function operationsRouter(deps: OperationsDeps): Router {
  const { service, registry, databases, metricsToken, health = nothingMore, readiness = nothingMore } = deps;
  moduleGauge(registry, databases);
  poolMetrics(registry, databases);
  const router = Router();
  const paced = pace();
  const more = shared(() => health().catch(() => ({})));
  const metrics = shared(() => registry.metrics());
  router.get('/health', paced, async (_req, res) => {
    res.json({ status: 'ok', service, version: VERSION, ...(await more()) });
  });
  router.get('/health/ready', paced, ready(service, databases, readiness));
  router.get('/metrics', paced, async (req, res) => {
    if (metricsToken !== undefined) requireToken(req, metricsToken);
    const text = await metrics();
    res.setHeader('Cache-Control', 'no-store');
    res.type(registry.contentType).send(metricsToken === undefined && isOutside(req) ? withoutNames(text) : text);
  });
  return router;
}

function requireToken(req: Request, token: string): void {
  const given = /^Bearer +(\S+) *$/i.exec(req.get('authorization') ?? '')?.[1];
  if (given === undefined || !sameSecret(given, token)) {
    throw new Problem('unauthenticated', 'These metrics need the METRICS_TOKEN as Authorization: Bearer.');
  }
}

/** Whether a request can come from outside this machine and its private networks; an untrusted proxy hides the client address. */
function isOutside(req: Request): boolean {
  const hidden = req.get('x-forwarded-for') !== undefined && req.ip === req.socket.remoteAddress;
  return hidden || !isPrivate(req.ip);
}

/** Series that name services or teams of the operator. Labels of the gateway's own series are path segments. */
const NAMING = /^(?!gateway_)\w+\{(?:[^}]*,)?(?:service|team)="/;

const withoutNames = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !NAMING.test(line))
    .join('\n');

function ready(
  service: string,
  databases: Record<string, Db>,
  more: () => Promise<Record<string, unknown>>,
): RequestHandler {
  const check = shared(async () => {
    const answers = await Promise.all(
      Object.entries(databases).map(async ([module, db]) => [module, await isReachable(db)]),
    );
    const silent = answers.filter(([, up]) => !up).map(([module]) => module);
    return { silent, members: silent.length > 0 ? {} : await more() };
  });
  return async (_req, res) => {
    const { silent, members } = await check();
    if (silent.length > 0) throw unavailable(`Database unavailable: ${silent.join(', ')}`, 2);
    res.json({ status: 'ready', service, database: 'connected', ...members });
  };
}

const isReachable = (db: Db): Promise<boolean> =>
  withTimeout(db.raw('select 1'), READ_WITHIN_MS).then(
    () => true,
    () => false,
  );

function moduleGauge(registry: Registry, databases: Record<string, Db>): void {
  const gauge = new Gauge({
    name: 'tocsin_module_up',
    help: 'Whether a module of this process can reach its database.',
    labelNames: ['module'],
    registers: [registry],
    async collect() {
      await Promise.all(
        Object.entries(databases).map(async ([module, db]) => this.labels(module).set((await isReachable(db)) ? 1 : 0)),
      );
    },
  });
  for (const module of Object.keys(databases)) gauge.labels(module).set(0);
}
