import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import pg from 'pg';

/** What the figures were measured on; `adminUrl` is the database server's. */
export async function machine(adminUrl) {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const { rows } = await client.query('show server_version');
  await client.end();
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    postgres: rows[0].server_version,
    load: loadavg()[0].toFixed(1),
  };
}

export const machineText = ({ cpu, cores, memory_gb, system, node, postgres, load }) =>
  `${cpu}, ${cores} cores, ${memory_gb} GB, ${system}, Node ${node}, PostgreSQL ${postgres}, load before ${load}`;
