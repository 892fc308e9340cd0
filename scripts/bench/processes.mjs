import { fileURLToPath } from 'node:url';
import { start } from '../children.mjs';

const NODE = { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] };
/** As the product runs: more threads that collect young memory would take the cores of whoever is measured. */
const ONE_COLLECTOR = ['--no-parallel-scavenge'];
const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url));

function ownNode(file, options = []) {
  const running = start(process.execPath, [...options, file], NODE);
  /** Sends a message and waits for the answer. */
  const ask = (message) =>
    new Promise((resolve, reject) => {
      running.child.once('message', ({ error, ...answer }) => (error ? reject(new Error(error)) : resolve(answer)));
      running.child.once('close', () => reject(new Error(`${file} ended: ${running.said()}`)));
      running.child.send(message);
    });
  return { ask, end: () => running.end() };
}

/** Runs one drive in a process of its own. */
export async function drive(name, options) {
  const { ask, end } = ownNode(fileOf('driver.mjs'), ONE_COLLECTOR);
  try {
    return (await ask({ drive: name, options })).result;
  } finally {
    await end();
  }
}

/** The bare Express route that answers `answer`. */
export async function startBare(answer) {
  const { ask, end } = ownNode(fileOf('bare.mjs'), ONE_COLLECTOR);
  const { port } = await ask({ answer });
  return { url: `http://127.0.0.1:${port}`, end };
}

/** Who is on call, so many times, through oncall's port in a process that reads the product's database; and empty queries. */
export async function lookups(asked) {
  const { ask, end } = ownNode(fileOf('lookups.mjs'), ['--import', 'tsx']);
  try {
    return await ask(asked);
  } finally {
    await end();
  }
}
