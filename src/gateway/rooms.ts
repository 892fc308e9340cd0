import type { Clock } from '../kernel/clock';
import type { Db } from '../kernel/db';
import type { Log } from '../kernel/observe';
import type { Houses } from './house';
import type { Identities } from './identity';
import type { Passwords } from './passwords';
import type { Throttle } from './throttle';

/** Settings of the gateway, named as in the configuration. */
export interface GatewaySettings {
  /** Admin keys for as long as they stand in the environment. */
  apiKeys: readonly string[];
  /** Added as administrators where missing; never changed. */
  authUsers: readonly { username: string; password: string }[];
  sessionHours: number;
  /** Requests a minute per key or address; 0 or less turns the limit off. */
  rateLimitRpm: number;
  /** Alert requests a minute per key; undefined means no limit. */
  ingestRate?: number | undefined;
  corsOrigins: readonly string[];
  publicUrl: string;
  secretKey: string;
  retentionDays: number;
  auditDays: number;
}

/** What the rooms of this module share. */
export interface Rooms {
  db: Db;
  clock: Clock;
  log: Log;
  settings: GatewaySettings;
  houses: Houses;
  passwords: Passwords;
  throttle: Throttle;
  identities: Identities;
}
