import type { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Clock } from './clock';
import type { Db } from './db/pool';
import type { Probes } from './jobs/neighbours';
import type { Log } from './observe/observe';
import type { Contract, Port } from './ports/contract';
import type { RouterDeps } from './ports/router';

/** What every module is given, whatever else it asks for. */
export interface ModuleDeps {
  db: Db;
  /** Connection string of the module's own database, for LISTEN. */
  databaseUrl: string;
  clock: Clock;
  log: Log;
  registry: Registry;
  /** How to find out whether a module that is called from here can work again. */
  probes?: Probes;
}

/** A module that lives in this process. What start opens, stop closes. */
export interface Hosted<C extends Contract> {
  port: Port<C>;
  /** Routes that are not plain JSON of the contract, mounted before those that are. */
  routes?: (deps: RouterDeps) => Router;
  /** More members of `/health` and `/health/ready`, told where the module is a service of its own. */
  health?: () => Promise<Record<string, unknown>>;
  readiness?: () => Promise<Record<string, unknown>>;
  start(): Promise<void>;
  /** Ends answers that would go on for ever; called before the server waits for those in hand. */
  release?(): void;
  stop(): Promise<void>;
  /** Runs every job and every followed event that is due, and says how many: tests own time. */
  drain(): Promise<number>;
}
