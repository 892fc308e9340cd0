import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, start, temporaryFolder } from '../children';
import { untilReady } from '../real/monitoring';

interface Configuration {
  /** The address to scrape. */
  target: string;
  /** Files of rules, as a glob. */
  rules: string;
  /** A file that holds METRICS_TOKEN. */
  tokenFile: string;
  /** The address of Prometheus itself. */
  own: string;
}

/** The configuration `monolith.yml` with another target, and with seconds instead of quarters of a minute. */
const configFor = ({ target, rules, tokenFile, own }: Configuration) => ({
  global: { scrape_interval: '1s', evaluation_interval: '2s' },
  rule_files: [rules],
  scrape_configs: [
    { job_name: 'tocsin', authorization: { credentials_file: tokenFile }, static_configs: [{ targets: [target] }] },
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
  token,
}: Pick<Configuration, 'target' | 'rules'> & { program: string; token: string }): Promise<Prometheus> {
  const { folder, remove } = temporaryFolder('prometheus');
  const own = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'prometheus.json');
  const tokenFile = join(folder, 'metrics-token');
  writeFileSync(tokenFile, token);
  writeFileSync(file, JSON.stringify(configFor({ target, rules, tokenFile, own })));
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
