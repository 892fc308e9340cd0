import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { ConfigurationCache } from './configuration';

/** What the operations of rules and mutes share. */
export interface RuleDeps {
  db: Db;
  clock: Clock;
  configuration: ConfigurationCache;
}
