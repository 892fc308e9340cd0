import type { Db } from '../../kernel/db/pool';
import { keyOf, type Slot } from '../domain/routing';

/** Reads of the slots that decide which incident an alert joins, without locks. */

/** An unresolved incident. */
export interface OpenIncident {
  id: string;
  team: string | null;
  /** The policy that its route names; null: that of its team. */
  policy: string | null;
  not_paged_by: string | null;
}

const COLUMNS = `i.id, i.team, i.routing ->> 'policy' as policy, i.not_paged_by`;

/** Those of these incidents that are unresolved, by id. */
export async function openIncidents(db: Db, ids: readonly string[]): Promise<Map<string, OpenIncident>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.raw(
    `select ${COLUMNS} from incidents i where i.id = any(cast(? as uuid[])) and i.status <> 'resolved'`,
    [[...ids]],
  );
  return new Map(rows.map((row: OpenIncident) => [row.id, row]));
}

/** The incidents that hold slots with an alert after `since`, by the text of the slot. */
export async function holdersOf(
  db: Db,
  slots: readonly (Slot & { since: Date })[],
): Promise<Map<string, OpenIncident>> {
  const { rows } = await db.raw(
    `with wanted as (
       select distinct on (service, severity) *
         from jsonb_to_recordset(cast(? as jsonb)) as w(service text, severity text, since timestamptz)
        order by service, severity, since)
     select s.service, s.severity, ${COLUMNS}
       from wanted w
       join correlation_slots s on s.service = w.service and s.severity = w.severity and s.last_alert_at > w.since
       join incidents i on i.id = s.incident_id and i.status <> 'resolved'`,
    [JSON.stringify(slots)],
  );
  return new Map(rows.map((row: OpenIncident & Slot) => [keyOf(row), row]));
}
