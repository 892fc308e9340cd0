import type * as z from 'zod';
import type { Problem } from './problem';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Intake bodies up to this size in bytes stay in memory; larger ones are spooled to disk. */
export const IN_MEMORY = 1024 * 1024;
/** The largest body of the intake in bytes. */
export const LARGEST_BODY = 32 * 1024 * 1024;

/** The access to a route through the gateway: `public` needs no key, `internal` is refused. A role includes the ones before it. */
export type Access = 'public' | 'viewer' | 'responder' | 'admin' | 'internal';
export type Role = 'viewer' | 'responder' | 'admin';

/**
 * An operation of a module. Input is flat: fields named in `path` are sent there, the others in the query (GET, DELETE) or
 * the body. If only path fields are invalid, the status is 400, else 422.
 */
export interface Operation {
  summary: string;
  method: Method;
  path: `/${string}`;
  access: Access;
  input: z.ZodObject;
  output: z.ZodType;
  status?: 200 | 201 | 202 | 204;
  /** Hot paths only: the service builds the output field by field, so the compiler checks it and it is not parsed again. */
  outputIsBuilt?: true;
  /**
   * Hot paths between modules only: the calling module builds the input field by field from values that it has validated, so
   * the in-process port does not parse it. The router still validates it, because an HTTP request can contain anything.
   */
  inputIsBuilt?: true;
  /** Successful calls are logged at debug level, because they are frequent. */
  quiet?: true;
  /** Alert intake: limited by INGEST_RATE instead of the request limit (503, because senders drop alerts on 429). */
  intake?: true;
  /** A batch whose service checks JSON safety per item, so that one unsafe item does not fail the others. */
  soundPerItem?: true;
  /** An input field that holds what a tool would send. The service reads it as the tool's endpoint does, and checks it. */
  asSent?: string;
  /** The output field with the version, sent as ETag. The input `if_match` is read from the header If-Match. */
  etag?: string;
  /**
   * The output field with the rows of a page, for an operation that returned a bare list before it had pages. Over HTTP
   * without `page` and `per_page` it still returns the list, with the total in X-Total-Count.
   */
  bareList?: string;
  /** Largest body in bytes; 256 KiB if absent. */
  bodyLimit?: number;
}

/** A route outside the contract (vendor webhooks, cookies, streams). It is declared so that the gateway can check access. */
export type Route = Pick<Operation, 'method' | 'path' | 'access' | 'intake'> & {
  /** For OpenAPI; a route without it is left out. */
  described?: {
    summary: string;
    /** Names of the headers that carry the credential. */
    headers: string[];
  };
  /** The form of an error for the clients of this route. Default: problem details. */
  refuse?(
    problem: Problem,
    requestId: string,
  ): { status: number; headers?: Readonly<Record<string, string>>; body: unknown };
  /** Providers call it in bursts from few addresses, so its limit is many times RATE_LIMIT_RPM. */
  bursts?: true;
  /** Its path holds a name that a vendor's tool chose. Such a name may contain slashes, encoded as %2F. */
  named?: boolean;
};

/** The operations of a module, by name. */
export type Contract = Record<string, Operation>;

/** The authenticated party and its request. It is passed as an argument, never through ambient state. */
export interface Caller {
  /** Name of the user, API key or integration; `system` for background jobs. */
  actor: string;
  kind: 'user' | 'key' | 'integration' | 'system' | 'anonymous';
  /** Id of the user or key. Permissions use it, because a name can be reused. */
  id?: string | undefined;
  /** Without a login: `link` for a signed link of a message, else the channel of an answer, such as `sms`. */
  via?: string;
  role: Role | null;
  /** E-mail address of the user, if any; identifies the person in other modules, for example for "my shifts". */
  email: string | null;
  requestId: string;
  /** W3C traceparent of the request, passed on to neighbours. */
  trace?: string;
  /** The client's Idempotency-Key. A command with the same key within 24 hours is the same command. */
  idempotencyKey?: string;
  /** Aborted if the client disconnects before the response. Only in the process that received the request. */
  signal?: AbortSignal;
}

/** A built input is not parsed, so its caller must fill in defaults and apply transforms. */
type InputFor<O extends Operation> = O extends { inputIsBuilt: true } ? z.output<O['input']> : z.input<O['input']>;

/** A module as its callers see it. */
export type Port<C extends Contract> = {
  [K in keyof C]: (input: InputFor<C[K]>, caller: Caller) => Promise<z.output<C[K]['output']>>;
};

/** A module's implementation: the same operations, with validated input. */
export type Service<C extends Contract> = {
  [K in keyof C]: (input: z.output<C[K]['input']>, caller: Caller) => Promise<z.input<C[K]['output']>>;
};

/** Types a contract. */
export const defineContract = <const C extends Contract>(contract: C): C => contract;

/** The caller of background jobs. */
export const systemCaller = (requestId: string, trace?: string): Caller => ({
  actor: 'system',
  kind: 'system',
  role: 'admin',
  email: null,
  requestId,
  ...(trace !== undefined && { trace }),
});

/** The parameter names of a path. */
export const pathNames = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map((m) => m[1] as string);
/** Whether requests of a method have a body. */
export const carriesBody = (method: Method): boolean => method !== 'GET' && method !== 'DELETE';

/** Whether a role may call a route through the gateway. Always false for `internal`. */
export function may(role: Role | null, access: Access): boolean {
  if (access === 'public') return true;
  if (access === 'internal' || role === null) return false;
  const rank: Role[] = ['viewer', 'responder', 'admin'];
  return rank.indexOf(role) >= rank.indexOf(access);
}
