import { hash } from 'node:crypto';
import { invalid, type Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { Answer, FormatRequest, FormatTools } from './format';
import { isRecord } from './read';

/** The shapes in which Opsgenie answers: data or a result with `took` and `requestId`, and its errors. */

/** Milliseconds are enough; clients warn if the time is 0. */
const tookOf = (seconds: number): number => Math.max(0.001, Math.round(seconds * 1_000) / 1_000);

/**
 * The id of a request as a UUID. A client may send an X-Request-Id of its own, which can be any text; the id of the
 * answer's header and body must be equal.
 */
export function requestIdOf(text: string): string {
  const given = idOf(text);
  if (given !== null) return given;
  const hex = hash('sha256', text);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

function answer(status: number, seconds: number, requestId: string, body: object, state = 'OK'): Answer {
  const took = tookOf(seconds);
  return {
    status,
    headers: {
      'X-Request-Id': requestId,
      'X-Response-Time': String(took),
      'X-RateLimit-State': state,
      'X-RateLimit-Reason': 'ACCOUNT',
      'X-RateLimit-Period-In-Sec': '60',
    },
    body: { ...body, took, requestId },
  };
}

/** 200 with data. @param more fields beside the data, such as `paging` */
export const dataAnswer = (
  tools: Pick<FormatTools, 'elapsed'>,
  request: FormatRequest,
  data: unknown,
  more: object = {},
): Answer => answer(200, tools.elapsed(), requestIdOf(request.requestId), { data, ...more });

/** 202: the request is done, and its result can be asked for by its id. */
export const acceptedAnswer = (tools: Pick<FormatTools, 'elapsed'>, request: FormatRequest): Answer =>
  answer(202, tools.elapsed(), requestIdOf(request.requestId), { result: 'Request will be processed' });

/** Any status with a body of the vendor's form. */
export const resultAnswer = (
  tools: Pick<FormatTools, 'elapsed'>,
  request: FormatRequest,
  status: number,
  body: object,
): Answer => answer(status, tools.elapsed(), requestIdOf(request.requestId), body);

/** 404 in the vendor's form. */
export const notFound = (tools: Pick<FormatTools, 'elapsed'>, request: FormatRequest, message: string): Answer =>
  answer(404, tools.elapsed(), requestIdOf(request.requestId), { message });

const UNPROCESSABLE = 'Request body is not processable. Please check the errors.';

/** Refusals in the vendor's form. A key that is unknown or revoked is 401; `errors` maps each field to a text. */
export function refuseOpsgenie(problem: Problem, requestId: string): Answer {
  const { kind, status, detail, extra } = problem;
  const id = requestIdOf(requestId);
  if (kind === 'invalid') return answer(422, 0, id, { message: UNPROCESSABLE, errors: errorsOf(extra['errors']) });
  if (kind === 'forbidden') return answer(401, 0, id, { message: detail });
  const state = kind === 'too-many' ? 'THROTTLED' : 'OK';
  return answer(status, 0, id, { message: detail }, state);
}

function errorsOf(faults: unknown): Record<string, string> {
  const list = Array.isArray(faults) ? faults.filter(isRecord) : [];
  return Object.fromEntries(list.map(({ path, message }) => [String(path || 'body'), String(message)]));
}

/** @throws Problem `invalid` that names the field */
export function refuseField(path: string, message: string): never {
  throw invalid([{ path, message }]);
}
