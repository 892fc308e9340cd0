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
/** After the counting failed, nobody waits for it again for so long: a limit must not slow what it protects. */
const QUIET_MS = seconds(2);
/**
 * How much more often than RATE_LIMIT_RPM a session may read. A page that is live asks again with every fact that touches
 * it; in a storm of them that must neither stop it nor use up the room for who wants to acknowledge.
 */
const READING_FACTOR = 10;
const SAFE_METHODS = ['GET', 'HEAD'];
const LONGEST_KEY_MATERIAL = 512;

const doorOf = (res: Response) => {
  const found = foundOf(res);
  return found !== undefined && 'op' in found ? found.op : null;
};

/**
 * Alert intake is bounded by its own rate, once somebody may use it; the health of the services is asked too often to
 * be counted.
 */
function uncounted(req: Request, res: Response): boolean {
  if (req.path === '/api/services/health') return true;
  const door = doorOf(res);
  return door?.intake === true && (door.access === 'public' || identityOf(res) !== null);
}

const addressOf = (req: Request): string => `address:${networkOf(req.ip ?? '')}`;

/** Whoever shows a good credential is counted by it, everybody else by their address. */
const whoseHit = (req: Request, res: Response): string => {
  const identity = identityOf(res);
  return identity ? `key:${identity.credential}` : addressOf(req);
};

const kindOf = (key: string): 'key' | 'address' => (key.startsWith('address:') ? 'address' : 'key');

/**
 * RATE_LIMIT_RPM, shared between processes; what a session reads is counted for itself. When the database is away it lets
 * everybody through.
 */
export function requestLimit(deps: LimitDeps): RequestHandler {
  const limit = deps.settings.rateLimitRpm;
  if (limit <= 0) return (_req, _res, next) => next();
  const requests = limitOf(deps, limit, whoseHit);
  const reading = limitOf(deps, limit * READING_FACTOR, (req, res) => `${whoseHit(req, res)}:reading`);
  const open = limitOf(deps, limit, (req, res) => `${addressOf(req)}:${openDoor(res)}`);
  return (req, res, next) => {
    if (openDoor(res) !== null) return open(req, res, next);
    return (isReading(req, res) ? reading : requests)(req, res, next);
  };
}

/** Each door that needs no credential is counted for itself, so that one of them cannot use up the room for the others. */
function openDoor(res: Response): string | null {
  const found = foundOf(res);
  if (found === undefined || !('op' in found) || found.op.access !== 'public' || found.op.intake) return null;
  return `${found.module}.${found.name}`;
}

const isReading = (req: Request, res: Response): boolean =>
  identityOf(res)?.session !== undefined && SAFE_METHODS.includes(req.method);

function limitOf({ db, clock, metrics }: LimitDeps, limit: number, keyGenerator: typeof whoseHit): RequestHandler {
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

/** A sliding window in one table. A refused request is not counted, so that waiting helps even who keeps asking. */
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

/** INGEST_RATE: refused with 503, because senders of alerts drop what is answered 429. */
export function intakeLimit({ db, clock, settings, metrics }: LimitDeps): RequestHandler {
  const limit = settings.ingestRate;
  if (limit === undefined) return (_req, _res, next) => next();
  const window = { limit, windowMs: WINDOW_MS };
  const counting = breaker(clock);
  return async (req, res, next) => {
    if (doorOf(res)?.intake !== true) return next();
    const key = `intake:${identityOf(res) ? whoseHit(req, res) : senderOf(req)}`;
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

/** A vendor's key stands in its header or in the path; where it is in the body, its address must do. */
function senderOf(req: Request): string {
  const shown = `${req.get('authorization') ?? ''} ${req.path}`.slice(0, LONGEST_KEY_MATERIAL);
  return `${hashOf(shown).toString('base64url')} ${addressOf(req)}`;
}

/** Runs the counting unless it failed just now. */
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
