/**
 * `npm run backup [-- <folder>]`: writes an archive of everything while Tocsin runs, or while it does not. The settings
 * are those Tocsin itself reads.
 */
import { archiveCommand } from './archive.mjs';

await archiveCommand(async ({ backup }, config, [folder = `backups/tocsin-${stamp()}`]) => {
  const rows = await backup(config, folder, new Date());
  return `${folder} holds ${rows} rows. It also holds secrets: keep it where only you can read it.`;
});

/** Sorts by time, and is a file's name everywhere. */
function stamp() {
  return new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
}
