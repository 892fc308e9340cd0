/**
 * `npm run backup [-- <folder>]`: writes an archive of everything while Tocsin runs, or while it does not. The settings
 * are those Tocsin itself reads. `-` for a folder writes the archive to stdout, as tar: containers keep no files.
 */
import { archiveCommand, inFolder, tar } from './archive.mjs';

await archiveCommand(async ({ backup }, config, [folder = `backups/tocsin-${stamp()}`]) => {
  const rows = await inFolder(folder, config, async (where, piped) => {
    const copied = await backup(config, where, new Date());
    if (piped) tar('-c', where, '.');
    return copied;
  });
  return `${folder === '-' ? 'The archive' : folder} holds ${rows} rows. It also holds secrets: keep it where only you can read it.`;
});

/** Sorts by time, and is a file's name everywhere. */
function stamp() {
  return new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
}
