import type { Db } from '../../kernel/db/pool';
import type { IncidentView } from '../contract';
import type { ShownState } from '../domain/incidentMessage';

/** The latest known state of each incident, for channels that show it. */

export interface IncidentStateRow {
  incident_id: string;
  state: ShownState;
  changed_at: string;
  stored_at: Date;
}

const UNKNOWN_INSTANT = '1970-01-01T00:00:00.000Z';

export const incidentStateRow = (
  incident_id: string,
  { changed_at = UNKNOWN_INSTANT, ...state }: IncidentView,
  now: Date,
): IncidentStateRow => ({ incident_id, state, changed_at, stored_at: now });

/**
 * Stores the states of `:incidents`, which come with a message. One never replaces a newer one, and it only replaces one of
 * another status: `replaceState` keeps what else is known.
 */
export const INCIDENT_STATE = `
  insert into incident_states as s (incident_id, state, changed_at, stored_at)
  select incident_id, state, changed_at, stored_at
    from jsonb_to_recordset(cast(:incidents as jsonb))
      as i(incident_id text, state jsonb, changed_at timestamptz, stored_at timestamptz)
  on conflict (incident_id) do update
     set state = excluded.state, changed_at = excluded.changed_at, stored_at = excluded.stored_at
   where excluded.changed_at >= s.changed_at and excluded.changed_at > '${UNKNOWN_INSTANT}'
     and excluded.state ->> 'status' is distinct from s.state ->> 'status'
  returning incident_id`;

/** Stores the whole state of an incident and holds its row until the transaction ends; false if a newer one is known. */
export async function replaceState(trx: Db, { incident_id, state, changed_at, stored_at }: IncidentStateRow) {
  const { rows } = await trx.raw(
    `insert into incident_states as s (incident_id, state, changed_at, stored_at) values (?, ?, ?, ?)
     on conflict (incident_id) do update
        set state = excluded.state, changed_at = excluded.changed_at, stored_at = excluded.stored_at
      where excluded.changed_at >= s.changed_at
     returning incident_id`,
    [incident_id, JSON.stringify(state), changed_at, stored_at],
  );
  return rows.length > 0;
}

/** The latest known state. Until the transaction ends, no other transaction stores one. */
export async function holdState(trx: Db, incident_id: string): Promise<ShownState | null> {
  const row = await trx('incident_states').where({ incident_id }).forShare().first('state');
  return row?.state ?? null;
}

/** Deletes states that were stored before an instant; returns how many. */
export const forgetIncidentStates = (db: Db, before: Date): Promise<number> =>
  db('incident_states').where('stored_at', '<', before).delete();
