/** The other process: makes load, tells its parent what came of it, and goes when the parent does. */
import { inserts } from './drives/inserts.mjs';
import { paced } from './drives/paced.mjs';
import { posts } from './drives/posts.mjs';

const DRIVES = { inserts, paced, posts };

process.on('disconnect', () => process.exit());
process.on('message', async ({ drive, options }) => {
  try {
    process.send({ result: await DRIVES[drive](options) });
  } catch (error) {
    process.send({ error: `${drive}: ${error.message}` });
  }
});
