import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { type Spread, spread } from '../numbers';
import { alertOf } from '../requests';

const COLUMNS = [
  ...['id', 'service', 'severity', 'message', 'source', 'labels', 'fingerprint', 'timestamp', 'incident_id'],
  ...['created_at', 'status', 'count', 'last_seen_at', 'reported_by'],
];

/** The row that the product would store for the same alert. */
function rowOf(run: string, n: number, incidentId: string): unknown[] {
  const { service, severity, message, labels } = alertOf(run, n);
  const fingerprint = randomBytes(32).toString('hex');
  const now = new Date();
  const facts = [randomUUID(), service, severity, message, 'api', JSON.stringify(labels), fingerprint, now, incidentId];
  return [...facts, now, 'firing', 1, now, 'bench'];
}

function statementOf(table: string, rows: number): string {
  const tuple = (row: number) => `(${COLUMNS.map((_, i) => `$${row * COLUMNS.length + i + 1}`).join(',')})`;
  return `insert into ${table} (${COLUMNS.join(',')}) values ${Array.from({ length: rows }, (_, i) => tuple(i)).join(',')}`;
}

interface Inserts {
  /** URL of the database. */
  url: string;
  table: string;
  /** Makes the rows of this run different from those of others. */
  run: string;
  rows: number;
  connections: number;
  seconds: number;
}

/** Inserts rows with multi-row statements on several connections. Each statement is one commit. */
export async function inserts(options: Inserts): Promise<Spread & { perSecond: number }> {
  const { url, table, run, rows, connections, seconds } = options;
  const text = statementOf(table, rows);
  const incidentId = randomUUID();
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  const times: number[] = [];
  let n = 0;
  const started = performance.now();
  const until = started + seconds * 1_000;
  const insert = async (client: pg.Client): Promise<void> => {
    while (performance.now() < until) {
      const values = Array.from({ length: rows }, () => rowOf(run, n++, incidentId)).flat();
      const sentAt = performance.now();
      await client.query(text, values);
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(clients.map(insert));
  const tookSeconds = (performance.now() - started) / 1_000;
  await Promise.all(clients.map((client) => client.end()));
  return { perSecond: (times.length * rows) / tookSeconds, ...spread(times) };
}
