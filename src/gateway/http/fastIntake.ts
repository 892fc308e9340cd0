import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdOf, traceparentOf } from '../../kernel/observe/observe';
import { may } from '../../kernel/ports/contract';
import { type FastIntake, isPlain } from '../../kernel/ports/fastIntake';
import { callerAs } from '../auth/authenticate';
import type { Deps } from '../deps';
import { type GatewayMetrics, watchService } from '../metrics';
import { securityHeadersOf } from './sanitize';

/**
 * The short way for alerts: a plain POST with a key that is known at this moment needs nothing of what the front does for
 * everybody else, and is answered the same. Answers false for all others, which take the whole way: who is unknown or may
 * not, comes from a page elsewhere, or is limited.
 */
export type QuickIntake = (req: IncomingMessage, res: ServerResponse) => boolean;

/** Headers that ask for more than the alert itself. */
const CLOSER_LOOK = ['origin', 'idempotency-key'];

export function quickIntake({ settings, identities, houses }: Deps, metrics: GatewayMetrics): QuickIntake {
  const ways = new Map(Object.values(houses).flatMap(({ quick }) => [...(quick ?? new Map<string, FastIntake>())]));
  const anyOrigin = settings.corsOrigins.includes('*');
  const common = Object.entries({
    ...securityHeadersOf(settings.publicUrl),
    ...(!anyOrigin && { Vary: 'Origin' }),
    'Cache-Control': 'no-store',
  }).flat();
  if (settings.ingestRate !== undefined) return () => false;
  return (req, res) => {
    const way = req.method === 'POST' ? ways.get(req.url as string) : undefined;
    const key = req.headers['x-api-key'];
    if (way === undefined || typeof key !== 'string' || !isPlain(req, way.op.bodyLimit)) return false;
    if (CLOSER_LOOK.some((header) => req.headers[header] !== undefined)) return false;
    const identity = identities.known(key);
    if (identity === null || !may(identity.role, way.op.access)) return false;
    const requestId = requestIdOf(textOf(req.headers['x-request-id']));
    const trace = traceparentOf(textOf(req.headers['traceparent']));
    watchService(metrics, req.method as string, way.op.path, res);
    way.answer(req, res, callerAs(identity, { requestId, trace }), [...common, 'X-Request-ID', requestId]);
    return true;
  };
}

/** Node joins repeated headers of these names with commas. */
const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header;
