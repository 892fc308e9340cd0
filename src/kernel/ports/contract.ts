import type * as z from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Bytes of a request to the alert intake. A body up to the first stays in memory, a larger one is spooled to disk. */
export const IN_MEMORY = 1024 * 1024;
export const LARGEST_BODY = 32 * 1024 * 1024;

/** Who may ask through the gateway. `internal` is never offered to the outside; `public` needs no key. Roles include those before them. */
export type Access = 'public' | 'viewer' | 'responder' | 'admin' | 'internal';
export type Role = 'viewer' | 'responder' | 'admin';

/**
 * One thing a module can be asked. Input is flat: names that appear in `path` travel there, the rest in the
 * query (GET, DELETE) or the body. A fault in a path name is 400 with its message, any other fault 422.
 */
export interface Operation {
  summary: string;
  method: Method;
  path: `/${string}`;
  access: Access;
  input: z.ZodObject;
  output: z.ZodType;
  status?: 200 | 201 | 202 | 204;
  /** Hot paths only: the service builds the output field by field, so the compiler holds its shape and it is not parsed again. */
  outputIsBuilt?: true;
  /**
   * Hot paths of modules only: the module that calls builds the input field by field from values it validated before, so
   * the in-process port passes it on unread. The router still validates it, because HTTP can carry anything.
   */
  inputIsBuilt?: true;
  /** Successful calls are logged at debug level, because there are thousands of them. */
  quiet?: true;
  /** Alert intake: outside the request limit, bounded by INGEST_RATE instead (503, because senders drop on 429). */
  intake?: true;
  /** A batch whose service looks for unsound values item by item, so that one such item does not hold up the others. */
  soundPerItem?: true;
  /** The field of the output that is its version, sent as ETag; an input named `if_match` takes the header of that name. */
  etag?: string;
  /**
   * The rows of a page, of an operation that answered a bare list before it had pages: asked without `page` and
   * `per_page` over HTTP it still does, with the total in X-Total-Count.
   */
  bareList?: string;
  /** Largest body in bytes; 256 KiB unless said. */
  bodyLimit?: number;
}

/** A path outside the contract (vendor webhooks, cookies, streams), declared so that the gateway knows who may knock. */
export type Route = Pick<Operation, 'method' | 'path' | 'access' | 'intake'> & {
  /** For OpenAPI; a path without it is left out there. */
  described?: {
    summary: string;
    /** Names of the headers that carry the credential. */
    headers: string[];
  };
};

export type Contract = Record<string, Operation>;

/** Who asks, and under which request. Passed by hand, never ambient. */
export interface Caller {
  /** User name, API key name, integration name, or `system` for the clockwork. */
  actor: string;
  kind: 'user' | 'key' | 'integration' | 'system' | 'anonymous';
  /** Id of the user or key: rights go by it, because a name may be given again. */
  id?: string | undefined;
  /** `link` if the caller acts through a signed link of a message instead of a login. */
  via?: 'link';
  role: Role | null;
  /** E-mail of a user who has one; that is how "my shifts" are found. */
  email: string | null;
  requestId: string;
  /** W3C traceparent of the request, passed on to neighbours. */
  trace?: string;
  /** The client's Idempotency-Key, if it sent one: the same key within 24 h is the same command. */
  idempotencyKey?: string;
  /** Aborted if the client goes away before the answer, within the process that answers the request. */
  signal?: AbortSignal;
}

/** A built input is passed on unread, so its caller must write out defaults and apply transforms. */
type InputFor<O extends Operation> = O extends { inputIsBuilt: true } ? z.output<O['input']> : z.input<O['input']>;

/** What callers of a module see. */
export type Port<C extends Contract> = {
  [K in keyof C]: (input: InputFor<C[K]>, caller: Caller) => Promise<z.output<C[K]['output']>>;
};

/** What a module must implement: the same operations, after validation. */
export type Service<C extends Contract> = {
  [K in keyof C]: (input: z.output<C[K]['input']>, caller: Caller) => Promise<z.input<C[K]['output']>>;
};

export const defineContract = <const C extends Contract>(contract: C): C => contract;

/** The clockwork itself, when no person or machine asked. */
export const systemCaller = (requestId: string, trace?: string): Caller => ({
  actor: 'system',
  kind: 'system',
  role: 'admin',
  email: null,
  requestId,
  ...(trace !== undefined && { trace }),
});

export const pathNames = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map((m) => m[1] as string);
export const carriesBody = (method: Method): boolean => method !== 'GET' && method !== 'DELETE';

/** Whether a role may call an operation through the gateway. Default deny: no role reaches `internal`. */
export function may(role: Role | null, access: Access): boolean {
  if (access === 'public') return true;
  if (access === 'internal' || role === null) return false;
  const rank: Role[] = ['viewer', 'responder', 'admin'];
  return rank.indexOf(role) >= rank.indexOf(access);
}
