/** Kind of failure → HTTP status (RFC 9110). The caller's next move decides the kind. */
const STATUS = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'wrong-method': 405,
  conflict: 409,
  stale: 412,
  'too-large': 413,
  invalid: 422,
  'too-many': 429,
  internal: 500,
  unavailable: 503,
} as const;

const TITLE: Record<ProblemKind, string> = {
  malformed: 'Malformed request',
  unauthenticated: 'Not authenticated',
  forbidden: 'Forbidden',
  'not-found': 'Not found',
  'wrong-method': 'Method not allowed',
  conflict: 'Conflict',
  stale: 'Stale version',
  'too-large': 'Too large',
  invalid: 'Invalid input',
  'too-many': 'Too many requests',
  internal: 'Internal error',
  unavailable: 'Unavailable',
};

export type ProblemKind = keyof typeof STATUS;

/** One fault of one field; `path` is dotted (`labels.env`), empty for the input as a whole. */
export interface FieldFault {
  path: string;
  message: string;
}

/**
 * The one error a module throws on purpose (RFC 9457). It reads the same on both sides of a port.
 * `extra` becomes members of the body; `retry_after_seconds` there also becomes the Retry-After header.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** The module that did not answer, if a call to another process failed. Not part of the answer to a client. */
  neighbour?: string;

  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(detail);
    this.status = STATUS[kind];
  }

  toJSON(): Record<string, unknown> {
    const { kind, status, detail, extra } = this;
    return { ...extra, type: `urn:tocsin:problem:${kind}`, title: TITLE[kind], status, detail };
  }

  /** Rebuilds a problem from a neighbour's answer; anything that is not one of ours means the neighbour is broken. */
  static fromJSON(body: unknown, status: number): Problem {
    if (typeof body !== 'object' || body === null) return unavailable(`A neighbour answered ${status}.`);
    const { type, title: _title, status: _status, detail, ...extra } = body as Record<string, unknown>;
    const kind = String(type).replace('urn:tocsin:problem:', '');
    if (!Object.hasOwn(STATUS, kind) || kind === 'internal') return unavailable(`A neighbour answered ${status}.`);
    return new Problem(kind as ProblemKind, String(detail), extra);
  }
}

export const unavailable = (detail: string, retryAfterSeconds = 1): Problem =>
  new Problem('unavailable', detail, { retry_after_seconds: retryAfterSeconds });

/** Faults of the input, all of them, each naming its field. */
export const invalid = (errors: FieldFault[]): Problem =>
  new Problem('invalid', errors.map((e) => (e.path === '' ? e.message : `${e.path}: ${e.message}`)).join('; '), {
    errors,
  });
