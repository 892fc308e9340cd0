import type { Alert } from '../contract';
import { type Counter, seenBy } from '../domain/holds';
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

/** What is known beside the row of an alert. */
interface Beside {
  /** The resolution of its incident by a person. */
  resolution?: Resolution | undefined;
  /** The counter that the alert waits for. */
  counter?: Counter | undefined;
  flapping?: boolean;
}

/** An alert as the API returns it. */
export const presentAlert = (
  row: AlertRow,
  now: Date,
  { resolution, counter, flapping = false }: Beside = {},
): Alert => ({
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
  waiting: waitingOf(row, counter, now),
  flapping,
  affected_by: affectedBy(row),
  reported: row.reported,
});

function mutedOf({ status, muted_by, decision }: AlertRow): Alert['muted'] {
  if (status !== 'firing' || muted_by === null) return null;
  for (const entry of decision ?? []) {
    if (entry.stage !== 'mute' || entry.id !== muted_by || entry.ended_at !== undefined) continue;
    if (entry.by === 'upstream') return null;
    const { by, id, name, until } = entry;
    return { by, id, name, until };
  }
  return null;
}

/** What a rule makes the alert wait for; the reports of a threshold are counted as they are now. */
function waitingOf(row: AlertRow, counter: Counter | undefined, now: Date): Alert['waiting'] {
  if (row.status !== 'firing' || row.hold_key === null) return null;
  for (const entry of row.decision ?? []) {
    if (entry.stage !== 'hold' || entry.ended_at !== undefined) continue;
    const { stage: _, ended_at: __, ...held } = entry;
    const { id, name, count, within_minutes } = held;
    if (count === undefined || within_minutes === undefined) return held;
    return { ...held, seen: seenBy({ rule: { id, name }, count, within_minutes }, counter, now) };
  }
  return null;
}

/** The incident of an upstream, because of which the alert pages no one. */
function affectedBy({ status, muted_by, decision }: AlertRow): Alert['affected_by'] {
  if (status !== 'firing' || muted_by === null) return null;
  const entry = (decision ?? []).find(
    (each) => each.stage === 'mute' && each.by === 'upstream' && each.id === muted_by,
  );
  return entry === undefined || entry.stage !== 'mute' ? null : { incident_id: muted_by, title: entry.name };
}
