import type { Db } from '../../kernel/db/pool';
import type { Incident } from '../contract';
import { type KeepsOpen, keptOpen } from '../store/alertEnds';

export type { KeepsOpen };

/**
 * Of locked incidents in which no alert fires, those that stay open, and why: an integration leaves its incidents open, or
 * a source went silent and no person has acknowledged the incident.
 */
export async function openAtEnd(
  trx: Db,
  ids: readonly string[],
  incidents: ReadonlyMap<string, Incident>,
): Promise<Map<string, KeepsOpen>> {
  const kept = await keptOpen(trx, ids);
  return new Map([...kept].filter(([id, keeps]) => keeps === 'always' || incidents.get(id)?.acknowledged_at === null));
}
