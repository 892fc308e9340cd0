import type { RequestHandler } from 'express';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const REQUEST_HEADERS = 'X-API-Key, Authorization, Content-Type, Idempotency-Key, X-Request-ID, traceparent, If-Match';
const EXPOSED =
  'ETag, X-Request-ID, Retry-After, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset';
const REMEMBERED_SECONDS = '600';

/**
 * Lets pages of other origins read the answers. They must send a key, because the cookie is never allowed for them. Every
 * OPTIONS request is answered here.
 */
export function cors(origins: readonly string[]): RequestHandler {
  const any = origins.includes('*');
  return (req, res, next) => {
    const origin = req.get('origin');
    if (!any) res.vary('Origin');
    if (origin !== undefined && (any || origins.includes(origin))) {
      res.setHeader('Access-Control-Allow-Origin', any ? '*' : origin);
      res.setHeader('Access-Control-Expose-Headers', EXPOSED);
      if (req.method === 'OPTIONS') {
        res.setHeader('Access-Control-Allow-Methods', METHODS);
        res.setHeader('Access-Control-Allow-Headers', REQUEST_HEADERS);
        res.setHeader('Access-Control-Max-Age', REMEMBERED_SECONDS);
      }
    }
    if (req.method !== 'OPTIONS') return next();
    res.setHeader('Allow', METHODS);
    res.status(204).end();
  };
}
