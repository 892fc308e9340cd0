import { inSlices } from '../../kernel/async/slices';
import type { Db } from '../../kernel/db/pool';
import { isZoneRead, zoneIn } from '../domain/zones';

/** Tables of clock changes, read in slices before anything is computed with them: a computation does not wait. */

const reading = new Map<string, Promise<unknown>>();

/** Resolves once the zones of these are read; at once where they are. */
export async function readyZones(users: readonly ({ time_zone: string } | null | undefined)[]): Promise<void> {
  for (const user of users) {
    if (user === null || user === undefined || isZoneRead(user.time_zone)) continue;
    await readOnce(user.time_zone);
  }
}

/** Callers that want one zone at the same time share its reading. */
async function readOnce(name: string): Promise<void> {
  const running = reading.get(name) ?? inSlices(zoneIn(name));
  reading.set(name, running);
  try {
    await running;
  } finally {
    reading.delete(name);
  }
}

/** Reads the zones that schedules and policies use, so that no request waits for them. */
export async function warmZones(db: Db): Promise<void> {
  const { rows } = await db.raw(
    `select distinct time_zone from schedule_versions
      union select support_hours ->> 'time_zone' from policies where support_hours is not null`,
  );
  await readyZones(rows);
}
