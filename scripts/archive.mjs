/** What backup and restore have in common: the bundle, the settings, and one line for the operator at the end. */
import { build } from './build.mjs';

/** Runs one of them; `work` gets the archive's functions, the settings and the arguments, and answers what to say. */
export async function archiveCommand(work) {
  await build();
  const archive = (await import('../dist/archive.cjs')).default;
  try {
    console.log(await work(archive, archive.configOfProcess(), process.argv.slice(2)));
  } catch (error) {
    for (const fault of error.faults ?? [error.message]) console.error(`tocsin: ${fault}`);
    process.exitCode = 1;
  }
}
