import type { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Clock } from './clock';
import type { Db } from './db/pool';
import type { Probes } from './jobs/neighbours';
import type { Log } from './observe/observe';
import type { Contract, Port } from './ports/contract';
import type { RouterDeps } from './ports/router';

/** The dependencies that every module has. */
export interface ModuleDeps {
  db: Db;
  /** Connection string of the module's own database, for LISTEN. */
  databaseUrl: string;
  clock: Clock;
  log: Log;
  registry: Registry;
  /** Checks whether a module that this one calls is available again. */
  probes?: Probes;
}

/** A module that this process hosts. `stop` closes what `start` opened. */
export interface Hosted<C extends Contract> {
  port: Port<C>;
  /** Routes outside the contract, such as vendor webhooks. They are mounted before the routes of the contract. */
  routes?: (deps: RouterDeps) => Router;
  /** Additional members of `/health` and `/health/ready`, if the module is the only one of its process. */
  health?: () => Promise<Record<string, unknown>>;
  readiness?: () => Promise<Record<string, unknown>>;
  start(): Promise<void>;
  /** Ends responses without an end, such as event streams. Called before the server waits for open requests. */
  release?(): void;
  stop(): Promise<void>;
  /** Runs all due jobs and handles all new events; returns how many. For tests, which control time. */
  drain(): Promise<number>;
}
