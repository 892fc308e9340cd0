import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { EventsFeed } from '../../kernel/events/feed';
import type { Port } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { NotifyContract } from '../../notify/contract';
import type { OncallMetrics } from '../metrics';

/** The dependencies of the operations of this module. */
export interface ServiceDeps {
  db: Db;
  clock: Clock;
  metrics: OncallMetrics;
  feed: EventsFeed;
  notify: Port<NotifyContract>;
  defaultTeam: string | null;
  /** The address of the installation, without a slash at its end. */
  publicUrl: string;
  defaultOverrideHours: number;
  /** How long before a hand-off people are notified, if a team has no value of its own; 0 switches notices off. */
  handoffNoticeMinutes: number;
}

/** The answer to a team without a schedule. */
export const noSchedule = (team: string): Problem => new Problem('not-found', `No schedule found for team '${team}'`);

/** Operations as plain functions that take the dependencies first. */
type Operations<D> = Record<string, (deps: D, ...args: never[]) => unknown>;

type Bound<F> = { [K in keyof F]: F[K] extends (deps: never, ...args: infer A) => infer R ? (...args: A) => R : never };

/** Binds operations to their dependencies, which gives the functions of a service. */
export const withDeps = <D, const F extends Operations<D>>(deps: D, operations: F): Bound<F> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [name, (...args: never[]) => operation(deps, ...args)]),
  ) as Bound<F>;
