import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../api';
import type { Product } from '../../product';
import type { Figure, Measure } from '../figure';
import { withProduct } from '../product';
import { BODIES } from '../requests';

/** Longer than the 10 s after which pools close idle connections, so that the idle state itself is measured. */
const SETTLE_MS = 15_000;
const WATCH_MS = 20_000;

/** CPU and memory of an idle product after some work: Node and all processes of Postgres. */
export const measure: Measure = () =>
  withProduct({}, async (product) => {
    if (process.platform !== 'linux') return [unknown('needs /proc, which this system has not')];
    for (let n = 0; n < 20; n++) await ask(product, 'POST', '/api/v1/alerts', BODIES.single('idle', n));
    await sleep(SETTLE_MS);
    const began = { ticks: ticksOf(processes(product)), at: performance.now() };
    await sleep(WATCH_MS);
    const all = processes(product);
    const ticks = ticksOf(all) - began.ticks;
    const seconds = (performance.now() - began.at) / 1_000;
    const cpu = (100 * ticks) / ticksPerSecond() / seconds;
    const [node = 0, ...postgres] = all.map(pssOf);
    const ofPostgres = postgres.reduce((sum, size) => sum + size, 0);
    return [
      {
        what: `idle for ${WATCH_MS / 1_000} s: CPU of a core`,
        measured: `${cpu.toFixed(1)} %`,
        reach: '≤ 3 %',
        reached: cpu <= 3,
        beside: `${all.length} processes`,
        raw: { cpu },
      },
      {
        what: 'idle: resident memory (PSS) of Node + Postgres',
        measured: `${Math.round(node + ofPostgres)} MB`,
        reach: '≤ 220 MB',
        reached: node + ofPostgres <= 220,
        beside: `Node ${Math.round(node)} MB, Postgres ${Math.round(ofPostgres)} MB in ${postgres.length} processes`,
        raw: { node, postgres: ofPostgres },
      },
    ];
  });

const unknown = (why: string): Figure => ({
  what: 'idle',
  measured: 'not measured',
  reach: '',
  reached: null,
  beside: why,
  raw: {},
});

/** Process ids: Node, then Postgres with all its children. */
function processes({ pid, postgresPid }: Product): number[] {
  const parents = new Map<number, number | undefined>(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), statOf(Number(name))?.parent]),
  );
  const postmaster = postgresPid();
  const backends = [...parents].filter(([, parent]) => parent === postmaster).map(([child]) => child);
  return [pid, postmaster, ...backends].filter((each) => each !== undefined);
}

/** Fields of /proc/<pid>/stat after the process name, which can contain spaces and parentheses. */
function statOf(pid: number): { parent: number; ticks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

const ticksOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0);
const ticksPerSecond = (): number => Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Proportional set size in MB: its own memory and its part of shared memory. */
function pssOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss: +(\d+)/m.exec(rollup)?.[1] ?? 0) / 1_024;
}
