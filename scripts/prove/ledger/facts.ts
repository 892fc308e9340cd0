/** What a ledger is made of: what clients saw, and what the product holds and says. */

/** One report of a condition, as its sender saw it. */
export interface Report {
  condition: string;
  /** Repeated under its Idempotency-Key until it was answered; so it counts once. */
  insists: boolean;
  tries: number;
  accepted: boolean;
  /** Null where the answer does not say (a vendor's webhook, an incident that could not be asked for in time). */
  alertId: string | null;
  incidentId: string | null;
}

export interface Tables {
  alerts: {
    id: string;
    condition: string | null;
    fingerprint: string;
    status: string;
    count: number;
    incident_id: string | null;
  }[];
  incidents: { id: string; status: string; alert_count: number; firing_count: number; was_acknowledged: boolean }[];
  links: { alert_id: string; incident_id: string; firing: boolean }[];
  steps: { incident_id: string; turn: number; told: boolean }[];
  /** In the order in which it was written. `print` changes with any column. */
  timeline: {
    id: string;
    incident_id: string;
    event_type: string;
    alert_id: string | null;
    print: string;
    /** It says what a step came to as it was told; what became of its pages is another entry. */
    of_step: boolean;
    /** The source ended the incident, and no person. */
    by_source: boolean;
  }[];
  notifications: {
    id: string;
    incident_id: string;
    channel: string;
    recipient: string;
    status: string;
    audience: string;
    told_key: string | null;
  }[];
  attempts: { notification_id: string; attempt: number; outcome: string | null; reason: string | null }[];
  jobs: {
    module: string;
    kind: string;
    due: boolean;
    given_up: boolean;
    failures: number;
    last_error: string | null;
  }[];
  setAside: { module: string; error: string }[];
}

export interface Answers {
  alerts: { total: number; rows: { id: string; incident_id: string | null }[] };
  incidents: { total: number; rows: { id: string; status: string }[] };
  notifications: { total: number; rows: { id: string; status: string }[] };
  timelines: Map<string, string[]>;
  incidentStats: Record<string, number | null>;
  notificationStats: Record<string, unknown>;
  metrics: Record<string, number>;
}

export interface Facts {
  reports: readonly Report[];
  /** Incidents whose change was answered with 200. */
  acknowledged: ReadonlySet<string>;
  resolved: ReadonlySet<string>;
  /** By notification: whom it reached, once for every time it arrived. */
  arrived: ReadonlyMap<string, readonly string[]>;
  /** Timeline entries as they were seen during the run. */
  prints: ReadonlyMap<string, string>;
  tables: Tables;
  answers?: Answers;
}

export interface Line {
  what: string;
  count: number;
  faults: string[];
}

export const line = (what: string, count: number, faults: string[] = []): Line => ({ what, count, faults });

export function groups<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const grouped = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = grouped.get(key);
    if (group) group.push(row);
    else grouped.set(key, [row]);
  }
  return grouped;
}

export const byId = <T extends { id: string }>(rows: readonly T[]): Map<string, T> =>
  new Map(rows.map((row) => [row.id, row]));
