import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, start, temporaryFolder } from '../children';
import { untilReady } from '../real/monitoring';

interface Configuration {
  /** The address to scrape. */
  target: string;
  /** Files of rules, as a glob. */
  rules: string;
  /** The address of Prometheus itself. */
  own: string;
}

/** As `monolith.yml`, for another target, and with seconds instead of quarters of a minute. */
const configFor = ({ target, rules, own }: Configuration) => ({
  global: { scrape_interval: '1s', evaluation_interval: '2s' },
  rule_files: [rules],
  scrape_configs: [
    { job_name: 'tocsin', static_configs: [{ targets: [target] }] },
    { job_name: 'prometheus', static_configs: [{ targets: [own] }] },
  ],
});

export interface Prometheus {
  url: string;
  said(): string;
  stop(): Promise<void>;
}

/** Starts Prometheus, which scrapes `target` and evaluates `rules`. */
export async function startPrometheus({
  program,
  target,
  rules,
}: Omit<Configuration, 'own'> & { program: string }): Promise<Prometheus> {
  const { folder, remove } = temporaryFolder('prometheus');
  const own = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'prometheus.json');
  writeFileSync(file, JSON.stringify(configFor({ target, rules, own })));
  const prometheus = start(program, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${own}`,
  ]);
  await untilReady('Prometheus', prometheus, own);
  return {
    url: `http://${own}`,
    said: prometheus.said,
    async stop() {
      await prometheus.end();
      remove();
    },
  };
}
