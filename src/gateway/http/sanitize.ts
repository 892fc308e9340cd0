import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { INTERNAL_HEADERS, requestIdentity } from '../../kernel/http/edge';
import { Problem } from '../../kernel/ports/problem';

/** What happens to every request before anybody asks who sent it. */

const LONGEST_URL = 8_192;
const SPOOFABLE = [...INTERNAL_HEADERS, 'x-actor'];

/** The app may have said already which request this is; saying it again would make it another. */
export const identified: RequestHandler = (req, res, next) => {
  if (res.locals['requestId'] === undefined) requestIdentity(req, res, next);
  else next();
};

/** Nobody outside may speak as one of us. Authorization stays: vendors' clients carry their keys there. */
export const stripInternalHeaders: RequestHandler = (req, _res, next) => {
  for (const header of SPOOFABLE) delete req.headers[header];
  next();
};

/** The same for every answer, so they are worked out once. */
export function securityHeaders(publicUrl: string): RequestHandler {
  const headers = Object.entries(securityHeadersOf(publicUrl));
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}

/** No inline script or style and no foreign host; HSTS only where the public address is https. */
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
 * One spelling per path: what could mean another path to somebody behind us (dot segments, encoded slashes, control
 * characters, doubled slashes) is refused, not repaired.
 */
export const cleanPath: RequestHandler = (req, _res, next) => {
  if (req.url.length > LONGEST_URL) throw new Problem('malformed', 'The address is too long.');
  const fault = pathFault(req.url.split('?', 1)[0] as string);
  if (fault !== null) throw new Problem('malformed', fault);
  next();
};

/** Why a path is refused; null for a good one. */
export function pathFault(path: string): string | null {
  if (!path.startsWith('/')) return 'The path must begin with a slash.';
  if (/%2f|%5c|\\/i.test(path)) return 'Encoded slashes and backslashes are not allowed in a path.';
  const decoded = decode(path);
  if (decoded === null) return 'The path is not valid percent-encoded UTF-8.';
  if (/\p{Cc}/u.test(decoded)) return 'Control characters are not allowed in a path.';
  if (decoded.includes('//')) return 'Empty path segments are not allowed.';
  if (decoded.split('/').some((segment) => segment === '.' || segment === '..')) return 'Dot segments are not allowed.';
  return null;
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
