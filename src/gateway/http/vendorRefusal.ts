import type { ErrorRequestHandler } from 'express';
import { problemOf, setProblemHeaders } from '../../kernel/http/edge';
import type { Log } from '../../kernel/observe/observe';
import { foundOf } from '../auth/authenticate';

/**
 * Answers an error of a vendor's path in the vendor's form, if the module behind it did not: a refusal by INGEST_RATE, or
 * a module that does not answer. Clients of vendors read nothing else, and some retry on one status only.
 */
export function vendorRefusal(log: Log): ErrorRequestHandler {
  return (error, _req, res, next) => {
    const found = foundOf(res);
    const refuse = found !== undefined && 'op' in found ? found.op.refuse : undefined;
    if (refuse === undefined || res.headersSent) return next(error);
    const problem = problemOf(error);
    const requestId = res.locals['requestId'] as string;
    if (problem.kind === 'internal') log.error({ err: error, request_id: requestId }, 'unexpected error');
    setProblemHeaders(res, problem);
    const { status, headers = {}, body } = refuse(problem, requestId);
    res.status(status).set(headers).json(body);
  };
}
