import { execFileSync } from 'node:child_process';
import type { Chance } from './chance';

/** A process or a server that the run kills and freezes. Each function is true if it had an effect. */
export interface Target {
  name: string;
  running(): boolean;
  kill(): boolean;
  /** Kills one backend of a server. A backend that dies this way ends all sessions, but the server continues. */
  killBackend?(chance: Chance): boolean;
  freeze(): boolean;
  thaw(): void;
}

/** A Postgres server that the run kills and freezes. The product restarts it. */
export function serverTarget(name: string, pidOf: () => number): Target {
  let frozen: number[] = [];
  const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
    try {
      return pid > 1 && process.kill(pid, signal);
    } catch {
      return false;
    }
  };
  return {
    name,
    running: () => send(pidOf(), 0),
    kill: () => send(pidOf(), 'SIGKILL'),
    /** A backend that dies this way ends all sessions, but the server continues. */
    killBackend(chance) {
      const pid = pidOf();
      return send(chance.one([...childrenOf(pid), pid]), 'SIGKILL');
    },
    freeze() {
      const pid = pidOf();
      frozen = pid > 1 ? [pid, ...childrenOf(pid)] : [];
      return frozen.filter((each) => send(each, 'SIGSTOP')).length > 0;
    },
    thaw() {
      for (const pid of frozen.splice(0)) send(pid, 'SIGCONT');
    },
  };
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}
