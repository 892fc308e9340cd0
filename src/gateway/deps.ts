import type { AlertsContract } from '../alerts/contract';
import type { IncidentsContract } from '../incidents/contract';
import type { Clock } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import type { Log } from '../kernel/observe/observe';
import type { Port } from '../kernel/ports/contract';
import type { NotifyContract } from '../notify/contract';
import type { OncallContract } from '../oncall/contract';
import type { Identities } from './auth/identity';
import type { Passwords } from './auth/passwords';
import type { Throttle } from './auth/throttle';
import type { Upstreams } from './http/upstream';

/** Settings of the gateway, named as in the configuration. */
export interface GatewaySettings {
  /** Administrators' keys, valid while they are in the environment. */
  apiKeys: readonly string[];
  /** Added as administrators if missing; an existing user is never changed. */
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
  /** Seconds between two walks of the self-watch; 0 turns it off. */
  selfWatchSeconds: number;
  /** Gets a request for each walk that passes; null if none is configured. */
  heartbeatUrl: string | null;
  /** The room (`channel:address`) that is notified if the self-watch fails; null if none is configured. */
  fallbackTarget: string | null;
  outgoingAllow: readonly string[];
}

/** Ports of the modules below, for the gateway's own operations. */
export interface Neighbours {
  alerts: Port<AlertsContract>;
  incidents: Port<IncidentsContract>;
  oncall: Port<OncallContract>;
  notify: Port<NotifyContract>;
}

/** What the functions of this module share. */
export interface Deps {
  db: Db;
  clock: Clock;
  log: Log;
  settings: GatewaySettings;
  upstreams: Upstreams;
  ports: Neighbours;
  passwords: Passwords;
  throttle: Throttle;
  identities: Identities;
}
