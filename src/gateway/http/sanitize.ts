import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { INTERNAL_HEADERS, type RouteTable, requestIdentity } from '../../kernel/http/edge';
import { Problem } from '../../kernel/ports/problem';

/** Steps for every request before authentication: request id, internal headers, security headers, path. */

const LONGEST_URL = 8_192;
const SPOOFABLE = [...INTERNAL_HEADERS, 'x-actor'];

/** Gives the request an id, unless the app has done so. */
export const identified: RequestHandler = (req, res, next) => {
  if (res.locals['requestId'] === undefined) requestIdentity(req, res, next);
  else next();
};

/** Removes headers that only modules may send. Authorization stays, because vendors' clients send their keys in it. */
export const stripInternalHeaders: RequestHandler = (req, _res, next) => {
  for (const header of SPOOFABLE) delete req.headers[header];
  next();
};

/** Sets the security headers. They are the same for every answer, so they are computed once. */
export function securityHeaders(publicUrl: string): RequestHandler {
  const headers = Object.entries(securityHeadersOf(publicUrl));
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}

/** Headers that allow no inline script or style and no other host; HSTS only if PUBLIC_URL is https. */
export function securityHeadersOf(publicUrl: string): Record<string, string> {
  const https = publicUrl.startsWith('https:');
  const self = ["'self'"];
  const none = ["'none'"];
  const headers: Record<string, string> = {};
  const setHeader = (name: string, value: string): void => {
    headers[name] = value;
  };
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: self,
        scriptSrc: self,
        styleSrc: self,
        imgSrc: [...self, 'data:'],
        connectSrc: self,
        formAction: self,
        objectSrc: none,
        baseUri: none,
        frameAncestors: none,
      },
    },
    strictTransportSecurity: https && { maxAge: 31_536_000 },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  secure({} as IncomingMessage, { setHeader, removeHeader() {} } as unknown as ServerResponse, (fault) => {
    if (fault) throw fault;
  });
  return headers;
}

/**
 * Refuses paths that a module or proxy behind the gateway could read as another path: dot segments, encoded slashes, control
 * characters, double slashes. Names in the paths of vendors' tools may contain encoded slashes.
 */
export const cleanPath =
  (table: RouteTable): RequestHandler =>
  (req, _res, next) => {
    if (req.url.length > LONGEST_URL) throw new Problem('malformed', 'The address is too long.');
    const path = req.url.split('?', 1)[0] as string;
    const fault = pathFault(path, ENCODED_SLASH.test(path) && isNamed(table, req.method, path));
    if (fault !== null) throw new Problem('malformed', fault);
    next();
  };

const ENCODED_SLASH = /%2f|%5c/i;

function isNamed(table: RouteTable, method: string, path: string): boolean {
  const found = table.find(method, path);
  return found !== undefined && 'op' in found && found.op.named === true;
}

/** Why a path is refused; null for a good one. @param named true if its segments may contain encoded slashes */
export function pathFault(path: string, named = false): string | null {
  if (!path.startsWith('/')) return 'The path must begin with a slash.';
  if (path.includes('\\') || (!named && ENCODED_SLASH.test(path))) {
    return 'Encoded slashes and backslashes are not allowed in a path.';
  }
  const decoded = decode(path);
  if (decoded === null) return 'The path is not valid percent-encoded UTF-8.';
  if (/\p{Cc}/u.test(decoded)) return 'Control characters are not allowed in a path.';
  const segments = named ? path.split('/').map(decodeURIComponent) : decoded.split('/');
  if ((named ? path : decoded).includes('//')) return 'Empty path segments are not allowed.';
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'Dot segments are not allowed.';
  return null;
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
