import type { Alert } from '../contract';
import type { AlertRow } from '../store/alerts';
import type { Resolution } from '../store/resolutions';
import { descriptionOf, linksOf } from './links';

const columnsOf = (row: AlertRow) => ({
  id: row.id,
  service: row.service,
  severity: row.severity,
  message: row.message,
  source: row.source,
  labels: row.labels,
  fingerprint: row.fingerprint,
  incident_id: row.incident_id,
  status: row.status,
  count: row.count,
  integration_id: row.integration_id,
  expired: row.expired,
  acknowledged_by: row.acknowledged_by,
});

/** An alert as the API returns it. @param resolution of its incident, if a person resolved that */
export const presentAlert = (row: AlertRow, resolution?: Resolution): Alert => ({
  ...columnsOf(row),
  timestamp: row.timestamp.toISOString(),
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
  expires_at: row.expires_at?.toISOString() ?? null,
  acknowledged_at: row.acknowledged_at?.toISOString() ?? null,
  annotations: row.context?.annotations ?? {},
  description: descriptionOf(row.message, row.context),
  links: linksOf(row.labels, row.context),
  generator_url: row.context?.generator_url ?? null,
  external_url: row.context?.external_url ?? null,
  severity_note: row.context?.severity_note ?? null,
  incident_state:
    resolution === undefined || row.status !== 'firing'
      ? null
      : {
          status: 'resolved',
          resolved_by: resolution.resolved_by,
          resolved_at: resolution.resolved_at.toISOString(),
        },
  first_said: row.first_said && {
    severity: row.first_said.severity,
    message: row.first_said.message,
    annotations: row.first_said.context?.annotations ?? {},
  },
  decision: row.decision ?? [],
  muted: mutedOf(row),
  reported: row.reported,
});

function mutedOf({ status, muted_by, decision }: AlertRow): Alert['muted'] {
  if (status !== 'firing' || muted_by === null) return null;
  for (const entry of decision ?? []) {
    if (entry.stage !== 'mute' || entry.id !== muted_by || entry.ended_at !== undefined) continue;
    const { by, id, name, until } = entry;
    return { by, id, name, until };
  }
  return null;
}
