import type { Db } from '../../kernel/db/pool';
import { type AlertRow, COLUMNS } from './alerts';

/** Firing alerts, the newest `limit` ones. */
export const firingAlerts = (db: Db, limit: number): Promise<AlertRow[]> =>
  db('alerts').where({ status: 'firing' }).select(COLUMNS).orderBy('created_at', 'desc').limit(limit);
