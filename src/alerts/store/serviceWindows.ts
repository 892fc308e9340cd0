import type { Db } from '../../kernel/db/pool';

/** Correlation windows of services, in minutes. */

export interface ServiceWindow {
  service: string;
  minutes: number;
}

/** All windows, or that of one service, by name. */
export const serviceWindows = (db: Db, service?: string): Promise<ServiceWindow[]> =>
  db('service_windows')
    .where(service === undefined ? {} : { service })
    .select('service', 'minutes')
    .orderBy('service');

/** How many services other than this one have a window. */
export async function otherWindows(trx: Db, service: string): Promise<number> {
  const [row] = await trx('service_windows').whereNot({ service }).count({ windows: '*' });
  return Number(row?.['windows'] ?? 0);
}

/** Sets the window of a service; null removes it. */
export async function saveServiceWindow(
  trx: Db,
  { service, minutes }: { service: string; minutes: number | null },
  by: { updated_at: Date; updated_by: string },
): Promise<void> {
  if (minutes === null) await trx('service_windows').where({ service }).delete();
  else
    await trx('service_windows')
      .insert({ service, minutes, ...by })
      .onConflict('service')
      .merge();
}
