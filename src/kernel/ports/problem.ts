/** HTTP statuses (RFC 9110) by kind. Choose the kind by what the caller should do next. */
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

/** An error of one field; `path` is dotted (`labels.env`), empty for the whole input. */
export interface FieldFault {
  path: string;
  message: string;
}

/**
 * The only error that a module throws on purpose (RFC 9457). It passes a port unchanged. `extra` becomes members of the
 * body; its `retry_after_seconds` also becomes the header Retry-After.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** The module that did not answer, if a call to another process failed. Clients do not see it. */
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

  /** Rebuilds a problem from a neighbour's response. Any other response makes it `unavailable`. */
  static fromJSON(body: unknown, status: number): Problem {
    if (typeof body !== 'object' || body === null) return unavailable(`A neighbour answered ${status}.`);
    const { type, title: _title, status: _status, detail, ...extra } = body as Record<string, unknown>;
    const kind = String(type).replace('urn:tocsin:problem:', '');
    if (!Object.hasOwn(STATUS, kind) || kind === 'internal') return unavailable(`A neighbour answered ${status}.`);
    return new Problem(kind as ProblemKind, String(detail), extra);
  }
}

/** A problem of kind `unavailable`, with Retry-After. */
export const unavailable = (detail: string, retryAfterSeconds = 1): Problem =>
  new Problem('unavailable', detail, { retry_after_seconds: retryAfterSeconds });

/** A problem of kind `invalid` with all invalid fields. */
export const invalid = (errors: FieldFault[]): Problem =>
  new Problem('invalid', errors.map((e) => (e.path === '' ? e.message : `${e.path}: ${e.message}`)).join('; '), {
    errors,
  });
