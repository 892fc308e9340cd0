import type { Db } from '../../kernel/db/pool';
import type { IncidentView } from '../contract';

/** The latest known state of each incident, for channels that show it. */

export interface IncidentStateRow {
  incident_id: string;
  state: Omit<IncidentView, 'changed_at'>;
  changed_at: string;
  stored_at: Date;
}

const UNKNOWN_INSTANT = '1970-01-01T00:00:00.000Z';

export const incidentStateRow = (
  incident_id: string,
  { changed_at = UNKNOWN_INSTANT, ...state }: IncidentView,
  now: Date,
): IncidentStateRow => ({ incident_id, state, changed_at, stored_at: now });

/** Stores the states of `:incidents`. A state never replaces a newer one. */
export const INCIDENT_STATE = `
  insert into incident_states as s (incident_id, state, changed_at, stored_at)
  select incident_id, state, changed_at, stored_at
    from jsonb_to_recordset(cast(:incidents as jsonb))
      as i(incident_id text, state jsonb, changed_at timestamptz, stored_at timestamptz)
  on conflict (incident_id) do update
     set state = excluded.state, changed_at = excluded.changed_at, stored_at = excluded.stored_at
   where excluded.changed_at >= s.changed_at and excluded.changed_at > '${UNKNOWN_INSTANT}'
  returning incident_id`;

/** Deletes states that were stored before an instant; returns how many. */
export const forgetIncidentStates = (db: Db, before: Date): Promise<number> =>
  db('incident_states').where('stored_at', '<', before).delete();
