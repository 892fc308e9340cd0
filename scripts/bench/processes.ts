import { join } from 'node:path';
import { type Running, start } from '../children';
import { TSX } from '../tsx';
import type { DriveName, DriveOptions, DriveResult } from './driver';
import type { Lookups } from './lookups';
import type { Spread } from './numbers';

/** The same options as the product: more garbage-collector threads would take CPU from the measured process. */
const ONE_COLLECTOR = '--no-parallel-scavenge';
const fileOf = (name: string): string => join(__dirname, name);

interface OwnNode {
  /** Sends a message and waits for the answer. */
  ask<T>(message: object): Promise<T>;
  end(): Promise<unknown>;
}

function ownNode(file: string, ...options: readonly string[]): OwnNode {
  const running: Running = start(process.execPath, [...options, ...TSX, file], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ask = <T>(message: object) =>
    new Promise<T>((resolve, reject) => {
      running.child.once('message', (answer) => {
        const { error } = answer as { error?: string };
        if (error === undefined) resolve(answer as T);
        else reject(new Error(error));
      });
      running.child.once('close', () => reject(new Error(`${file} ended: ${running.said()}`)));
      running.child.send(message);
    });
  return { ask, end: () => running.end() };
}

/** Runs one drive in a new process. */
export async function drive<N extends DriveName>(name: N, options: DriveOptions<N>): Promise<DriveResult<N>> {
  const { ask, end } = ownNode(fileOf('driver.ts'), ONE_COLLECTOR);
  try {
    return (await ask<{ result: DriveResult<N> }>({ drive: name, options })).result;
  } finally {
    await end();
  }
}

/** Starts the bare Express route. @param answer the body of its answers */
export async function startBare(answer: unknown): Promise<{ url: string; end(): Promise<unknown> }> {
  const { ask, end } = ownNode(fileOf('bare.ts'), ONE_COLLECTOR);
  const { port } = await ask<{ port: number }>({ answer });
  return { url: `http://127.0.0.1:${port}`, end };
}

/**
 * Measures look-ups of who is on call through oncall's port, in a process that reads the product's database, and the same
 * number of empty queries.
 */
export async function lookups(asked: Lookups): Promise<{ result: Spread; empty: Spread }> {
  const { ask, end } = ownNode(fileOf('lookups.ts'));
  try {
    return await ask(asked);
  } finally {
    await end();
  }
}
