/** `npm run restore -- <folder>`: fills an installation that holds nothing yet from an archive of `npm run backup`. */
import { archiveCommand } from './archive.mjs';

await archiveCommand(async ({ restore }, config, [folder]) => {
  if (folder === undefined) throw new Error('Which archive? npm run restore -- <folder>');
  const rows = await restore(config, folder);
  return `Restored ${rows} rows from ${folder}. Start Tocsin now.`;
});
