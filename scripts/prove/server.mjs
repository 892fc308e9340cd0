import { execFileSync } from 'node:child_process';

/** A Postgres server as something that can be killed and frozen. Whoever runs it starts it again. */
export function serverTarget(name, pidOf) {
  let frozen = [];
  const send = (pid, signal) => {
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
    /** One backend that dies badly takes all sessions with it, while the server itself stays. */
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

function childrenOf(parent) {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([, ppid]) => ppid === parent).map(([pid]) => pid);
}
