import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdOf, traceparentOf } from '../../kernel/observe/observe';
import { may } from '../../kernel/ports/contract';
import { type FastIntake, isPlain } from '../../kernel/ports/fastIntake';
import { callerAs } from '../auth/authenticate';
import type { Deps } from '../deps';
import { type GatewayMetrics, watchService } from '../metrics';
import { securityHeadersOf } from './sanitize';

/**
 * The fast path of the alert intake, before Express. It takes a plain POST whose key is in memory, and answers like the
 * pipeline. It returns false for every other request, which the pipeline then answers: an unknown key or one without the
 * role, a page of another site, an Idempotency-Key, or an INGEST_RATE.
 */
export type FastIntakeHandler = (req: IncomingMessage, res: ServerResponse) => boolean;

/** Requests with these headers need the pipeline. */
const NEEDS_PIPELINE = ['origin', 'idempotency-key'];

/** The fast path, for the modules of this process. */
export function createFastIntake(
  { settings, identities, upstreams }: Deps,
  metrics: GatewayMetrics,
): FastIntakeHandler {
  const routes = new Map(
    Object.values(upstreams).flatMap(({ fastIntake }) => [...(fastIntake ?? new Map<string, FastIntake>())]),
  );
  const anyOrigin = settings.corsOrigins.includes('*');
  const common = Object.entries({
    ...securityHeadersOf(settings.publicUrl),
    ...(!anyOrigin && { Vary: 'Origin' }),
    'Cache-Control': 'no-store',
  }).flat();
  if (settings.ingestRate !== undefined) return () => false;
  return (req, res) => {
    const route = req.method === 'POST' ? routes.get(req.url as string) : undefined;
    const key = req.headers['x-api-key'];
    if (route === undefined || typeof key !== 'string' || !isPlain(req, route.op.bodyLimit)) return false;
    if (NEEDS_PIPELINE.some((header) => req.headers[header] !== undefined)) return false;
    const identity = identities.known(key);
    if (identity === null || !may(identity.role, route.op.access)) return false;
    const requestId = requestIdOf(textOf(req.headers['x-request-id']));
    const trace = traceparentOf(textOf(req.headers['traceparent']));
    watchService(metrics, req.method as string, route.op.path, res);
    route.answer(req, res, callerAs(identity, { requestId, trace }), [...common, 'X-Request-ID', requestId]);
    return true;
  };
}

/** Node joins repeated headers of these names with commas. */
const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header;
