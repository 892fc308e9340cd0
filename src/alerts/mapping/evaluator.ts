import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { minutes, seconds } from '../../kernel/clock';
import { invalid, type Problem, unavailable } from '../../kernel/ports/problem';
import { cpuMsOf } from './cpuTime';

/**
 * Evaluates expressions of mappings in processes of their own. JSONata is a programming language: an expression may never
 * end, or fill the memory, and a thread that cannot allocate ends its whole process. So a worker is a process. One that makes
 * no progress is killed and replaced.
 */

/** How long one expression may run, in milliseconds on a processor: a busy machine must not make it fail. */
const LONGEST_MS = 50;
/** How often within that time the server looks for progress. A late look alone ends no evaluation. */
const LOOKS = 5;
/** How long all expressions of one payload may run, and how long they may take on a busy machine. */
const LONGEST_TASK_MS = seconds(2);
const LATEST_TASK_MS = seconds(10);
const START_MS = seconds(20);
const IDLE_MS = minutes(1);

const WORKERS = 2;
const MOST_WAITING = 200;
const MOST_WAITING_OF_ONE = 100;
const LIMITS = {
  /** Items of one payload. */
  mostItems: 1_000,
  /** Characters of a result as JSON. */
  largestResult: 2 * 1024 * 1024,
};
/** Signals of an operator or of the kernel, for reasons other than an expression. */
const ENDED_BY_OTHERS = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];
/** A worker's memory in MiB; it does not compile texts of its own as JavaScript. */
const FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=4', '--disallow-code-generation-from-strings'];

export interface Task {
  /** True: compile the expressions only. */
  check?: boolean;
  split?: string | undefined;
  fields: Readonly<Record<string, string>>;
  body?: unknown;
}

export interface Evaluator {
  /**
   * Runs a task; those with one key run one after the other, so that one sender holds at most one worker.
   * @returns the result as the worker sent it, parsed from JSON
   * @throws Problem `invalid` that names the field, for an expression that fails or is cut off; `unavailable` if too many
   * tasks wait
   */
  run(key: string, task: Task): Promise<unknown>;
  /** Ends all workers. Tasks that wait or run fail with `unavailable`. */
  stop(): void;
}

interface Waiting {
  key: string;
  task: Task;
  resolve(value: unknown): void;
  reject(problem: Problem): void;
}

interface WorkerProcess {
  child: ChildProcess;
  ready: boolean;
  current: Waiting | null;
  timer: NodeJS.Timeout | undefined;
  /** Looks since the last message, and how long the process had run at the first of them. */
  looks: number;
  ranMs: number;
}

type Message = 'ready' | 'progress' | { json: string } | { fault: { field: string; message: string } };

const FULL = 'Too many payloads wait for their mapping. Nothing of this request is stored.';
const AWAY = 'Mappings cannot be evaluated now. Nothing of this request is stored.';

/** The path of a field in the settings of an integration. */
export const pathOf = (field: string): string => (field === '' ? 'mapping' : `mapping.${field}`);

const faultOf = (field: string, message: string): Problem => invalid([{ path: pathOf(field), message }]);

const cutOff = (): Problem => faultOf('', `An expression ran for more than ${LONGEST_MS} ms and was cut off`);
const tooLong = (): Problem => faultOf('', `It ran for more than ${LONGEST_TASK_MS} ms on one payload and was cut off`);

/** An evaluator without workers; they start with the first tasks and end after a minute without any. */
export function createEvaluator({ workers: most = WORKERS, waiting: mostWaiting = MOST_WAITING } = {}): Evaluator {
  const workers = new Set<WorkerProcess>();
  let waiting: Waiting[] = [];
  let stopped = false;

  function discard(worker: WorkerProcess): void {
    workers.delete(worker);
    clearTimeout(worker.timer);
    worker.child.kill('SIGKILL');
  }

  /** Ends a worker and fails its task. */
  function fail(worker: WorkerProcess, problem: Problem): void {
    const { current } = worker;
    worker.current = null;
    discard(worker);
    current?.reject(problem);
    assign();
  }

  function onMessage(worker: WorkerProcess, message: Message): void {
    worker.looks = 0;
    if (message === 'progress' || !workers.has(worker)) return;
    clearTimeout(worker.timer);
    if (message === 'ready') {
      worker.ready = true;
      send(worker);
    } else settle(worker, message);
  }

  function settle(worker: WorkerProcess, result: Exclude<Message, string>): void {
    const { current } = worker;
    worker.current = null;
    rest(worker);
    if ('json' in result) current?.resolve(JSON.parse(result.json));
    else current?.reject(faultOf(result.fault.field, result.fault.message));
    assign();
  }

  /** An idle worker does not keep the server alive, and ends after a while. */
  function rest(worker: WorkerProcess): void {
    worker.timer = setTimeout(() => discard(worker), IDLE_MS).unref();
    worker.child.unref();
    worker.child.channel?.unref();
  }

  /** The worker has ended: by itself without memory, or because something else ended it. */
  function onExit(worker: WorkerProcess, signal: string | null): void {
    if (!workers.has(worker)) return;
    const crashed = worker.ready && signal !== null && !ENDED_BY_OTHERS.includes(signal);
    const reason = 'An expression needs too much memory and was cut off';
    fail(worker, crashed ? faultOf('', reason) : unavailable(AWAY));
  }

  function start(): WorkerProcess {
    const child = fork(join(__dirname, 'mappingWorker.cjs'), [], {
      execArgv: FLAGS,
      // An expression sees no variable of the server.
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const worker: WorkerProcess = { child, ready: false, current: null, timer: undefined, looks: 0, ranMs: 0 };
    child.on('message', (message: Message) => onMessage(worker, message));
    child.on('error', () => fail(worker, unavailable(AWAY)));
    child.on('exit', (_code, signal) => onExit(worker, signal));
    worker.timer = setTimeout(() => fail(worker, unavailable(AWAY)), START_MS).unref();
    workers.add(worker);
    return worker;
  }

  /** Sends a worker its task, if it has one and has started. */
  function send(worker: WorkerProcess): void {
    const { current, ready, child } = worker;
    if (!ready || current === null) return;
    clearTimeout(worker.timer);
    worker.looks = 0;
    try {
      child.send({ ...LIMITS, ...current.task }, (error) => error && fail(worker, unavailable(AWAY)));
    } catch {
      worker.current = null;
      current.reject(invalid([{ path: '', message: 'The body is nested too deeply' }]));
      assign();
      return;
    }
    watch(worker);
  }

  /** Ends the worker if it runs for the longest time of an expression and sends nothing. */
  function watch(worker: WorkerProcess): void {
    const { pid } = worker.child;
    const [beganAt, beganMs] = [performance.now(), cpuMsOf(pid)];
    /** Without a clock of the process, the time of the wall counts. */
    const ranMs = (): number => (beganMs === null ? null : cpuMsOf(pid)) ?? performance.now() - beganAt;
    const firstMs = ranMs();
    const look = (): void => {
      const now = ranMs();
      worker.looks += 1;
      if (worker.looks === 1) worker.ranMs = now;
      const stuck = worker.looks > LOOKS && now - worker.ranMs >= LONGEST_MS;
      const long = now - firstMs > LONGEST_TASK_MS || performance.now() - beganAt > LATEST_TASK_MS;
      const late = stuck ? cutOff() : long ? tooLong() : null;
      if (late !== null) fail(worker, late);
      else worker.timer = setTimeout(look, LONGEST_MS / LOOKS);
    };
    look();
  }

  const running = (key: string): boolean => [...workers].some(({ current }) => current?.key === key);

  /** Gives waiting tasks to idle workers, oldest first, one of a key at a time. */
  function assign(): void {
    for (;;) {
      const at = stopped ? -1 : waiting.findIndex(({ key }) => !running(key));
      if (at === -1) return;
      const idle = [...workers].find(({ current }) => current === null);
      if (idle === undefined && workers.size >= most) return;
      const worker = idle ?? start();
      const [next] = waiting.splice(at, 1);
      worker.current = next as Waiting;
      worker.child.ref();
      worker.child.channel?.ref();
      send(worker);
    }
  }

  return {
    run(key, task) {
      const ofKey = waiting.filter((one) => one.key === key).length;
      if (stopped || waiting.length >= mostWaiting || ofKey >= MOST_WAITING_OF_ONE) throw unavailable(FULL);
      return new Promise((resolve, reject) => {
        waiting.push({ key, task, resolve, reject });
        assign();
      });
    },
    stop() {
      stopped = true;
      const left = [...waiting, ...[...workers].flatMap(({ current }) => current ?? [])];
      waiting = [];
      for (const worker of [...workers]) discard(worker);
      for (const { reject } of left) reject(unavailable(AWAY));
    },
  };
}
