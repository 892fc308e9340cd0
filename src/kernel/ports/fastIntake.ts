import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemOf, sendProblem } from '../http/edge';
import { type Caller, type Contract, IN_MEMORY, type Operation, type Port } from './contract';
import { Problem } from './problem';
import { BODY_LIMIT, bodyInput, operationObserver, type RouterDeps } from './router';

/**
 * Alert intake directly on Node's HTTP server. There are thousands of requests per second, and the layers of Express would
 * cost more than storing the alerts. Contract, port and responses are those of `routerOf`. Only plain requests are served
 * this way, and the gateway has already authenticated the caller.
 */
export interface FastIntake {
  op: Operation;
  /** @param headers additional headers, names and values in turn, as `writeHead` takes them */
  answer(req: IncomingMessage, res: ServerResponse, caller: Caller, headers: readonly string[]): void;
}

/** The intake operations of a contract, by path. The port validates their input, so `inputIsBuilt` is excluded. */
export function fastIntakeOf<C extends Contract>(
  contract: C,
  port: Port<C>,
  deps: RouterDeps,
): Map<string, FastIntake> {
  const intake = Object.entries(contract).filter(([, op]) => op.intake && op.method === 'POST' && !op.inputIsBuilt);
  return new Map(intake.map(([name, op]) => [op.path, fastIntake(name, op, port[name] as Ask, deps)]));
}

type Ask = Port<Contract>[string];

function fastIntake(name: string, op: Operation, ask: Ask, deps: RouterDeps): FastIntake {
  const watch = operationObserver(name, op, deps);
  return {
    op,
    async answer(req, res, caller, headers) {
      watch(req.method as string, res, () => caller);
      try {
        const body = await bodyOf(req);
        if (body === null) return;
        const text = JSON.stringify(await ask(bodyInput(body.value), caller));
        const length = String(Buffer.byteLength(text));
        res.writeHead(op.status ?? 200, [...headers, 'Content-Type', JSON_TYPE, 'Content-Length', length]);
        res.end(text);
      } catch (error) {
        const problem = problemOf(error);
        if (problem.kind === 'internal')
          deps.log.error({ err: error, request_id: caller.requestId }, 'unexpected error');
        if (res.headersSent) return;
        for (let i = 0; i < headers.length; i += 2) res.setHeader(headers[i] as string, headers[i + 1] as string);
        sendProblem(res, problem, caller.requestId);
      }
    },
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';
const PLAIN = /^application\/json(; ?charset=utf-8)?$/i;
const utf8 = new TextDecoder();

/** Whether a request has a JSON body of known length, without compression, chunked encoding or another charset. */
export function isPlain({ headers }: IncomingMessage, limit = BODY_LIMIT): boolean {
  const length = Number(headers['content-length']);
  if (!(length > 0 && length <= Math.min(limit, IN_MEMORY)) || !PLAIN.test(headers['content-type'] ?? '')) return false;
  return headers['content-encoding'] === undefined && headers['transfer-encoding'] === undefined;
}

/** Parses the body; null if the client disconnects before its end. `isPlain` has limited its length. */
function bodyOf(req: IncomingMessage): Promise<{ value: unknown } | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.once('close', () => resolve(null));
    req.once('error', () => resolve(null));
    req.once('end', () => {
      try {
        const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
        resolve({ value: JSON.parse(utf8.decode(bytes)) });
      } catch {
        reject(new Problem('malformed', 'The body is not valid JSON.'));
      }
    });
  });
}
