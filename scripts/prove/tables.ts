import pg from 'pg';
import type { ModuleName } from '../../src/config/settings';
import type { Deployment } from './deployments';
import type { Tables } from './ledger/input';

type Row = Record<string, unknown>;
type Query = (sql: string) => Promise<Row[]>;

/** Reads each database in one read-only snapshot. */

const READS = {
  alerts: {
    alerts: `select id, service, labels ->> 'condition' as condition, labels ->> 'heartbeat' as heartbeat, fingerprint, status, count,
                    incident_id, decision, muted_by is not null as waits,
                    coalesce(muted_until < clock_timestamp(), false) as overdue,
                    muted_by is not null and coalesce(hold_key <> 'delay', false) as counted
               from alerts order by created_at, id`,
    heartbeats: 'select slug, down_since is not null as down from heartbeats where deleted_at is null',
  },
  incidents: {
    incidents: `select id, severity, status, alert_count, firing_count, flapping_count > 0 as flapping, acknowledged_at is not null as was_acknowledged
                  from incidents`,
    links: 'select alert_id, incident_id, firing from alert_links',
    steps: 'select incident_id, turn, told_at is not null as told from escalation_steps',
    timeline: `select id, incident_id, event_type, actor, detail ->> 'via' as via, created_at as at,
                      detail ->> 'alert_id' as alert_id, md5(t::text) as print,
                      detail -> 'told' is not null and detail -> 'step' is not null as of_step,
                      coalesce(detail ->> 'reason' = 'all_alerts_ended', false) as by_source
                 from incident_timeline t order by seq`,
  },
  notify: {
    notifications: `select id, incident_id, channel, recipient, status, reason, audience, told_key, page_id, rule_no,
                           person_name, person_email, outcome is not null as is_notice
                      from notifications order by created_at, id`,
    attempts: 'select notification_id, attempt, outcome, reason from attempts order by started_at',
    receipts: 'select notification_id, attempt, state from receipts order by at',
    pages: `select id, incident_id, told_key, person_name, person_email, urgency, state, reason, created_at
              from pages order by created_at, id`,
  },
  oncall: {},
  gateway: {},
};
const EVERYWHERE = {
  // A job that waits for a retry is pending like a due job; a timer that never failed is not.
  jobs: `select kind, run_at <= clock_timestamp() or leased_until is not null or last_error is not null as due,
                gave_up_at is not null as given_up, last_error, failures from jobs`,
  setAside: 'select follower, source, error from events_set_aside',
};

async function inSnapshot<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('begin isolation level repeatable read read only');
    return await work(async (sql) => (await client.query(sql)).rows);
  } finally {
    await client.end().catch(() => {});
  }
}

/** All rows by table; rows of tables that every module has also have the module. */
export async function readTables(deployment: Deployment): Promise<Tables> {
  const rows: Record<string, Row[]> = {};
  for (const [module, reads] of Object.entries(READS)) {
    await inSnapshot(deployment.databaseUrl(module as ModuleName), async (query) => {
      for (const [table, sql] of Object.entries(reads)) rows[table] = await query(sql);
      for (const [table, sql] of Object.entries(EVERYWHERE)) {
        rows[table] = [...(rows[table] ?? []), ...(await query(sql)).map((row) => ({ module, ...row }))];
      }
    });
  }
  return rows as unknown as Tables;
}

/**
 * Reads timelines from time to time, to show later that no entry was changed or deleted. During an outage of the database it
 * tries again later.
 */
export function watchTimelines(deployment: Deployment, everyMs = 5_000) {
  const prints = new Map<string, string>();
  let looks = 0;
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look, look);
  }, everyMs);
  async function look(): Promise<void> {
    try {
      const rows = await inSnapshot(deployment.databaseUrl('incidents'), (query) => query(READS.incidents.timeline));
      for (const { id, print } of rows as unknown as Tables['timeline']) if (!prints.has(id)) prints.set(id, print);
      looks += 1;
    } catch {
      // The database is unreachable; the next read will do.
    }
  }
  return {
    prints,
    looks: () => looks,
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
