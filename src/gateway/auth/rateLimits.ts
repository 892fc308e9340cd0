import type { Request, RequestHandler, Response } from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import type { Clock } from '../../kernel/clock';
import { minutes, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { networkOf } from '../../kernel/http/address';
import { Problem } from '../../kernel/ports/problem';
import type { GatewaySettings } from '../deps';
import { hashOf, usedOf, type Window, waitMs } from '../domain';
import type { GatewayMetrics } from '../metrics';
import { hit, hitsOf } from '../store/rateLimits';
import { foundOf, identityOf } from './authenticate';

interface LimitDeps {
  db: Db;
  clock: Clock;
  settings: GatewaySettings;
  metrics: GatewayMetrics;
}

const WINDOW_MS = minutes(1);
/** After counting failed, requests pass uncounted for so long: a limit must not slow down the service that it protects. */
const QUIET_MS = seconds(2);
/**
 * A session may read so many times RATE_LIMIT_RPM. A live page reads again after each event that concerns it; in an alert
 * storm this must neither stop the page nor use up the limit for acknowledgements.
 */
const READING_FACTOR = 10;
/** A provider reports the state of each message from a few addresses. A lost report is not sent again. */
const BURST_FACTOR = 50;
const SAFE_METHODS = ['GET', 'HEAD'];
const LONGEST_KEY_MATERIAL = 512;

const routeOf = (res: Response) => {
  const found = foundOf(res);
  return found !== undefined && 'op' in found ? found.op : null;
};

/**
 * Requests outside RATE_LIMIT_RPM: alert intake with a valid credential or a vendor's key, which has INGEST_RATE, and the
 * health of the services, which pages poll.
 */
function uncounted(req: Request, res: Response): boolean {
  if (req.path === '/api/services/health') return true;
  const route = routeOf(res);
  return route?.intake === true && (route.access === 'public' || identityOf(res) !== null);
}

const addressOf = (req: Request): string => `address:${networkOf(req.ip ?? '')}`;

/** Requests are counted by their credential if it is valid, else by the address. */
const counterKey = (req: Request, res: Response): string => {
  const identity = identityOf(res);
  return identity ? `key:${identity.credential}` : addressOf(req);
};

const kindOf = (key: string): 'key' | 'address' => (key.startsWith('address:') ? 'address' : 'key');

/**
 * RATE_LIMIT_RPM, shared by all processes; reads of a session have a count of their own. While the database is down, all
 * requests pass.
 */
export function requestLimit(deps: LimitDeps): RequestHandler {
  const limit = deps.settings.rateLimitRpm;
  if (limit <= 0) return (_req, _res, next) => next();
  const requests = limitOf(deps, limit, counterKey);
  const reading = limitOf(deps, limit * READING_FACTOR, (req, res) => `${counterKey(req, res)}:reading`);
  const open = limitOf(deps, limit, (req, res) => `${addressOf(req)}:${publicRouteOf(res)}`);
  const bursts = limitOf(deps, limit * BURST_FACTOR, (req) => `${addressOf(req)}:bursts`);
  return (req, res, next) => {
    if (routeOf(res)?.bursts) return bursts(req, res, next);
    if (publicRouteOf(res) !== null) return open(req, res, next);
    return (isReading(req, res) ? reading : requests)(req, res, next);
  };
}

/** Each public route has a count of its own, so that one of them cannot use up the limit of the others. */
function publicRouteOf(res: Response): string | null {
  const found = foundOf(res);
  if (found === undefined || !('op' in found) || found.op.access !== 'public' || found.op.intake) return null;
  return `${found.module}.${found.name}`;
}

const isReading = (req: Request, res: Response): boolean =>
  identityOf(res)?.session !== undefined && SAFE_METHODS.includes(req.method);

function limitOf({ db, clock, metrics }: LimitDeps, limit: number, keyGenerator: typeof counterKey): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit,
    store: tableStore(db, clock, { limit, windowMs: WINDOW_MS }),
    keyGenerator,
    skip: uncounted,
    standardHeaders: 'draft-8',
    legacyHeaders: true,
    identifier: 'requests',
    passOnStoreError: true,
    validate: false,
    logger: { warn() {}, error() {} },
    handler: (req, _res, next) => {
      const info = (req as Request & { rateLimit: { key: string; resetTime: Date } }).rateLimit;
      metrics.rateLimited(kindOf(info.key));
      const wait = info.resetTime.getTime() - clock.now().getTime();
      next(tooMany(wait));
    },
  });
}

const tooMany = (waitMs: number): Problem =>
  new Problem('too-many', 'Rate limit exceeded. Try again later.', {
    retry_after_seconds: Math.max(1, Math.ceil(waitMs / 1_000)),
  });

/** A sliding window in one table. A refused request does not count, so that a client that keeps trying gets through again. */
function tableStore(db: Db, clock: Clock, window: Window): Store {
  const { limit, windowMs } = window;
  const counting = breaker(clock);
  return {
    async increment(key) {
      const now = clock.now();
      return counting(async () => {
        const counted = await hit(db, key, window, now);
        const row = counted ?? (await hitsOf(db, key)) ?? { bucket: 0, hits: 0, before: 0 };
        const untilFree = counted ? windowMs - (now.getTime() % windowMs) : waitMs(row, now, window);
        const used = counted ? Math.min(limit, Math.ceil(usedOf(row, now, windowMs))) : limit + 1;
        return { totalHits: used, resetTime: new Date(now.getTime() + untilFree) };
      });
    },
    decrement: async () => {},
    resetKey: async () => {},
  };
}

/** INGEST_RATE. The refusal is 503, because senders of alerts drop an alert that is answered 429. */
export function intakeLimit({ db, clock, settings, metrics }: LimitDeps): RequestHandler {
  const limit = settings.ingestRate;
  if (limit === undefined) return (_req, _res, next) => next();
  const window = { limit, windowMs: WINDOW_MS };
  const counting = breaker(clock);
  return async (req, res, next) => {
    if (routeOf(res)?.intake !== true) return next();
    const key = `intake:${identityOf(res) ? counterKey(req, res) : senderOf(req)}`;
    const now = clock.now();
    const wait = await counting(async () => {
      if (await hit(db, key, window, now)) return null;
      const row = await hitsOf(db, key);
      return row === undefined ? 1_000 : waitMs(row, now, window);
    }).catch(() => null);
    if (wait === null) return next();
    metrics.rateLimited('key');
    throw new Problem('unavailable', 'Too many alerts from this key. Send this again later.', {
      retry_after_seconds: Math.max(1, Math.ceil(wait / 1_000)),
    });
  };
}

/** Identifies a vendor by the key in its header or path, and by its address. */
function senderOf(req: Request): string {
  const shown = `${req.get('authorization') ?? ''} ${req.path}`.slice(0, LONGEST_KEY_MATERIAL);
  return `${hashOf(shown).toString('base64url')} ${addressOf(req)}`;
}

/** Runs `count`, unless it failed within the last two seconds. */
function breaker(clock: Clock): <T>(count: () => Promise<T>) => Promise<T> {
  let quietUntil = 0;
  return async (count) => {
    if (clock.now().getTime() < quietUntil) throw new Error('The counting failed just now.');
    try {
      return await count();
    } catch (error) {
      quietUntil = clock.now().getTime() + QUIET_MS;
      throw error;
    }
  };
}
