import { inSlices } from '../../kernel/async/slices';
import type { Db } from '../../kernel/db/pool';
import { isZoneRead, zoneIn } from '../domain/zones';

/** Reads the clock changes of zones in slices before a computation needs them, because a computation cannot wait. */

const reading = new Map<string, Promise<unknown>>();

/** Resolves after the zones of these rows are read; at once if they are cached. */
export async function readyZones(users: readonly ({ time_zone: string } | null | undefined)[]): Promise<void> {
  for (const user of users) {
    if (user === null || user === undefined || isZoneRead(user.time_zone)) continue;
    await readOnce(user.time_zone);
  }
}

/** Callers that need the same zone at the same time share one read. */
async function readOnce(name: string): Promise<void> {
  const running = reading.get(name) ?? inSlices(zoneIn(name));
  reading.set(name, running);
  try {
    await running;
  } finally {
    reading.delete(name);
  }
}

/** Reads the zones of all schedules and policies at the start, so that no request waits for them. */
export async function warmZones(db: Db): Promise<void> {
  const { rows } = await db.raw(
    `select distinct time_zone from schedule_versions
      union select support_hours ->> 'time_zone' from policies where support_hours is not null`,
  );
  await readyZones(rows);
}
