/**
 * `npm run restore -- <folder>`: fills an installation that holds nothing yet from an archive of `npm run backup`. `-` for
 * a folder reads the archive from stdin, as tar.
 */
import { mkdirSync } from 'node:fs';
import { archiveCommand, inFolder, tar } from './archive.mjs';

await archiveCommand(async ({ restore }, config, [folder]) => {
  if (folder === undefined) throw new Error('Which archive? npm run restore -- <folder>');
  const rows = await inFolder(folder, config, async (where, piped) => {
    if (piped) {
      mkdirSync(where, { recursive: true });
      tar('-x', where);
    }
    return restore(config, where);
  });
  return `Restored ${rows} rows from ${folder === '-' ? 'the archive' : folder}. Start Tocsin now.`;
});
