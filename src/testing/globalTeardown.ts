import { rmSync } from 'node:fs';

/** Stops the server of the test run and deletes its data. */
export default async function globalTeardown(): Promise<void> {
  const run = globalThis.tocsinTestRun;
  if (!run) return;
  await run.server.stop();
  rmSync(run.dataDir, { recursive: true, force: true });
}
