/** The input of a ledger: what clients observed, and the content and answers of the product. */

/** A report of a condition, as its sender recorded it. */
export interface Report {
  condition: string;
  /** Repeated with its Idempotency-Key until it was answered, so it counts once. */
  insists: boolean;
  tries: number;
  accepted: boolean;
  /** Null if the answer has no incident (the webhook of a vendor, or incidents did not answer in time). */
  alertId: string | null;
  incidentId: string | null;
}

export interface Tables {
  alerts: {
    id: string;
    service: string;
    condition: string | null;
    fingerprint: string;
    status: string;
    count: number;
    incident_id: string | null;
    /** A mute or a delay keeps it from having an incident, or did so until its end. */
    waits: boolean;
    /** The end of the mute or delay has passed. */
    overdue: boolean;
    /** It waits for more reports of its group. */
    counted: boolean;
    /** The slug of the heartbeat that it is about; null for other alerts. */
    heartbeat: string | null;
    decision: readonly { stage: string; until?: string | null; ended_at?: string }[] | null;
  }[];
  heartbeats: { slug: string; down: boolean }[];
  incidents: {
    id: string;
    severity: string;
    status: string;
    alert_count: number;
    firing_count: number;
    /** Whether an identity flaps in it, which keeps it open for a while. */
    flapping: boolean;
    was_acknowledged: boolean;
  }[];
  links: { alert_id: string; incident_id: string; firing: boolean }[];
  steps: { incident_id: string; turn: number; told: boolean }[];
  /** In the order of writing. `print` changes if any column changes. */
  timeline: {
    id: string;
    incident_id: string;
    event_type: string;
    actor: string;
    /** The channel that a person answered by; null for the dashboard and links. */
    via: string | null;
    at: Date;
    alert_id: string | null;
    print: string;
    /** The entry describes the result of a step when it was executed; the results of its pages are other entries. */
    of_step: boolean;
    /** The source resolved the incident, not a person. */
    by_source: boolean;
  }[];
  notifications: {
    id: string;
    incident_id: string;
    channel: string;
    recipient: string;
    status: string;
    reason: string | null;
    audience: string;
    told_key: string | null;
    page_id: string | null;
    rule_no: number | null;
    person_name: string | null;
    person_email: string | null;
    /** About an acknowledgement or a resolution. */
    is_notice: boolean;
  }[];
  receipts: { notification_id: string; attempt: number; state: string }[];
  pages: {
    id: string;
    incident_id: string;
    told_key: string;
    person_name: string;
    person_email: string;
    urgency: string;
    state: string;
    reason: string | null;
    created_at: Date;
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

export interface LedgerInput {
  reports: readonly Report[];
  /** Incidents whose change got 200. */
  acknowledged: ReadonlySet<string>;
  resolved: ReadonlySet<string>;
  /** Recipients by notification, one entry per arrival. */
  arrived: ReadonlyMap<string, readonly string[]>;
  /** Numbers of the attempts that arrived, by notification, of channels that say them. */
  tries: ReadonlyMap<string, readonly number[]>;
  /** Reports of providers that got 2xx. */
  receipts: readonly { notificationId: string; attempt: number; state: string }[];
  /** The result of the last accepted ping, by the heartbeat's slug. */
  beats: ReadonlyMap<string, 'success' | 'fail'>;
  /** Timeline entries that were read during the run. */
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
