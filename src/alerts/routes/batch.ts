import { type Request, type RequestHandler, Router } from 'express';
import { type ListBody, withListBody } from '../../kernel/http/listBody';
import type { Spool } from '../../kernel/http/spool';
import { type Caller, IN_MEMORY, type Port } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import { bodyInput, callerOf } from '../../kernel/ports/router';
import { type AlertsContract, alertsContract, MOST_IN_BATCH } from '../contract';

interface BatchDeps {
  port: Port<AlertsContract>;
  spool: Spool;
  observe: RequestHandler;
}

type Batch = Awaited<ReturnType<Port<AlertsContract>['receiveBatch']>>;

/**
 * The batch operation for large bodies: they are validated as a whole, then stored in slices. Bodies whose length is known
 * and small go on to the route of the contract.
 */
export function batchRoute({ port, spool, observe }: BatchDeps): Router {
  const router = Router({ caseSensitive: true });
  const { path, status } = alertsContract.receiveBatch;
  const largeOnly: RequestHandler = (req, _res, next) => next(mayBeLarge(req) ? undefined : 'router');
  router.post(path, largeOnly, observe, async (req, res) => {
    const caller = callerOf(res);
    const options = { spool, key: `${caller.kind} ${caller.actor}`, list: 'alerts', most: MOST_IN_BATCH };
    res.status(status).json(await withListBody(req, options, (body) => takeSlices(port, body, caller)));
  });
  return router;
}

function mayBeLarge(req: Request): boolean {
  if (!req.is('application/json')) return false;
  if (/charset\s*=\s*"?(?!utf-?8\b)/i.test(req.get('content-type') ?? '')) return false;
  const { 'content-length': length, 'content-encoding': encoding, 'transfer-encoding': chunked } = req.headers;
  return Number(length ?? 0) > IN_MEMORY || encoding !== undefined || chunked !== undefined;
}

async function takeSlices(port: Port<AlertsContract>, body: ListBody, caller: Caller): Promise<Batch> {
  const { rest, total, slices } = body;
  // The contract refuses an empty list, and `alerts` that is not a list.
  if (total === null || total === 0) return port.receiveBatch(bodyInput(rest) as { alerts: unknown[] }, caller);
  if (total > MOST_IN_BATCH) {
    throw invalid([{ path: 'alerts', message: `At most ${MOST_IN_BATCH} alerts; this batch has ${total}` }]);
  }
  const taken: Batch = { accepted: 0, rejected: 0, results: [] };
  for await (const alerts of slices()) {
    const first = taken.results.length;
    const part = await port.receiveBatch({ alerts }, keyed(caller, first));
    taken.accepted += part.accepted;
    taken.rejected += part.rejected;
    for (const result of part.results) taken.results.push({ ...result, index: first + result.index });
  }
  return taken;
}

/** Each slice has a key of its own. A repeated body is cut into the same slices, so each slice finds its key. */
const keyed = (caller: Caller, first: number): Caller =>
  caller.idempotencyKey === undefined || first === 0
    ? caller
    : { ...caller, idempotencyKey: `${caller.idempotencyKey}@${first}` };
