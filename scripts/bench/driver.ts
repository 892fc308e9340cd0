/** The process that makes load. It runs a drive, sends the result to its parent process, and ends with it. */
import { channels } from './drives/channels';
import { inserts } from './drives/inserts';
import { paced } from './drives/paced';
import { posts } from './drives/posts';

const DRIVES = { channels, inserts, paced, posts };

export type DriveName = keyof typeof DRIVES;
export type DriveOptions<N extends DriveName> = Parameters<(typeof DRIVES)[N]>[0];
export type DriveResult<N extends DriveName> = Awaited<ReturnType<(typeof DRIVES)[N]>>;

interface Order {
  drive: DriveName;
  options: never;
}

async function run({ drive, options }: Order): Promise<void> {
  try {
    process.send?.({ result: await DRIVES[drive](options) });
  } catch (error) {
    process.send?.({ error: `${drive}: ${(error as Error).message}` });
  }
}

process.on('disconnect', () => process.exit());
process.on('message', (order) => void run(order as Order));
