import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort, start, temporaryFolder } from '../children.mjs';

const READY_WITHIN_MS = 60_000;

/** What `monolith.yml` says, for a target that stands elsewhere, and in seconds where that takes a quarter of a minute. */
const configFor = ({ target, rules, own }) => ({
  global: { scrape_interval: '1s', evaluation_interval: '2s' },
  rule_files: [rules],
  scrape_configs: [
    { job_name: 'tocsin', static_configs: [{ targets: [target] }] },
    { job_name: 'prometheus', static_configs: [{ targets: [own] }] },
  ],
});

/** Starts Prometheus, which scrapes `target` and evaluates `rules`. */
export async function startPrometheus({ program, target, rules }) {
  const { folder, remove } = temporaryFolder('prometheus');
  const own = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'prometheus.json');
  writeFileSync(file, JSON.stringify(configFor({ target, rules, own })));
  const prometheus = start(program, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${own}`,
  ]);
  const ready = () =>
    fetch(`http://${own}/-/ready`).then(
      ({ ok }) => ok || undefined,
      () => (prometheus.running() ? undefined : false),
    );
  if (!(await eventually(ready, { withinMs: READY_WITHIN_MS })))
    throw new Error(`Prometheus did not start. It said:\n${prometheus.said()}`);
  return {
    url: `http://${own}`,
    said: prometheus.said,
    async stop() {
      await prometheus.end();
      remove();
    },
  };
}
