import type { Severity } from '../../kernel/ports/values';

/** What a format can do with heartbeats, within the integration of its request. A tool has its own names for them. */
export interface FormatHeartbeats {
  /**
   * Pings the heartbeat that this integration made by this name, else the one that a person made with it as slug. Nothing
   * happens if there is none.
   */
  ping(name: string): Promise<void>;
  /** Pings the one heartbeat of the integration as a whole; the first ping creates it. */
  pingOwn(): Promise<void>;
  /** The heartbeats that this integration made. */
  all(): Promise<ToolHeartbeat[]>;
  /** A heartbeat that this integration made; null if there is none. */
  of(name: string): Promise<ToolHeartbeat | null>;
  /** Changes a heartbeat that this integration made, or creates it. Absent fields stay as they are. */
  save(name: string, input: Partial<ToolHeartbeatInput>): Promise<ToolHeartbeat>;
  /** @returns false if this integration made none by this name */
  remove(name: string): Promise<boolean>;
}

export interface ToolHeartbeatInput {
  /** Seconds from one ping to the next. */
  periodSeconds: number;
  severity: Severity;
  paused: boolean;
  team?: string | undefined;
  details?: ToolHeartbeatDetails | undefined;
}

/** What a tool's API keeps of a heartbeat in addition. `message` is the message of its alert. */
export interface ToolHeartbeatDetails {
  description?: string | undefined;
  message?: string | undefined;
  tags?: string[] | undefined;
}

export interface ToolHeartbeat {
  name: string;
  team: string | null;
  severity: Severity;
  /** Null if a person gave it a cron expression. */
  periodSeconds: number | null;
  paused: boolean;
  expired: boolean;
  /** RFC 3339. */
  lastPingAt: string | null;
  details: ToolHeartbeatDetails;
}
