import type { Severity } from '../../kernel/ports/values';
import type { Incident, Reach, Status } from '../contract';
import type { Acknowledgements } from '../domain/acknowledgements';
import type { Routing } from '../domain/routing';
import type { Context } from '../domain/timeline';

/** A row of an incident, joined with its escalation. */
export interface IncidentRow {
  id: string;
  title: string;
  service: string;
  severity: Severity;
  status: Status;
  assigned_to: string | null;
  assignee_email: string | null;
  team: string | null;
  alert_count: number;
  created_at: Date;
  updated_at: Date;
  acknowledged_at: Date | null;
  resolved_at: Date | null;
  mtta_seconds: number | null;
  mttr_seconds: number | null;
  reach: Reach;
  context: Context | null;
  hidden_count: number;
  routing: Routing | null;
  not_paged_by: string | null;
  flapping_count: number;
  clock_state: 'running' | 'stopped' | 'exhausted' | null;
  clock_step: number | null;
  clock_round: number | null;
  clock_next_step: number | null;
  clock_next_step_at: Date | null;
  clock_snoozed_until: Date | null;
  clock_acks_wanted: number | null;
  clock_acks: Acknowledgements['by'] | null;
}

/** The columns that `toIncident` reads, from incidents `i` joined with escalations `e`. */
export const INCIDENT_COLUMNS = `
  i.id, i.title, i.service, i.severity, i.status, i.assigned_to, i.assignee_email, i.team, i.alert_count,
  i.created_at, i.updated_at, i.acknowledged_at, i.resolved_at, i.mtta_seconds, i.mttr_seconds, i.reach, i.context,
  i.hidden_count, i.routing, i.not_paged_by, i.flapping_count,
  e.state as clock_state, e.step as clock_step, e.round as clock_round,
  e.next_step as clock_next_step, e.next_step_at as clock_next_step_at,
  e.snoozed_until as clock_snoozed_until, e.acks_wanted as clock_acks_wanted, e.acks as clock_acks`;

/** Incidents joined with their escalations. */
export const WITH_ESCALATION = 'incidents i left join escalations e on e.incident_id = i.id';

const instant = (at: Date | null): string | null => at?.toISOString() ?? null;

/** A row as the contract has it. */
export function toIncident(row: IncidentRow): Incident {
  return {
    id: row.id,
    title: row.title,
    service: row.service,
    severity: row.severity,
    status: row.status,
    assigned_to: row.assigned_to,
    assignee_email: row.assignee_email,
    team: row.team,
    alert_count: row.alert_count,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    acknowledged_at: instant(row.acknowledged_at),
    resolved_at: instant(row.resolved_at),
    mtta_seconds: row.mtta_seconds,
    mttr_seconds: row.mttr_seconds,
    escalation: escalationOf(row),
    snoozed_until: instant(row.clock_snoozed_until),
    reach: row.reach,
    description: row.context?.description ?? null,
    links: row.context?.links ?? [],
    hidden_alerts: row.hidden_count,
    routing: shownRouting(row.routing),
    not_paged_by: row.not_paged_by,
    flapping: row.flapping_count > 0,
  };
}

function shownRouting(routing: Routing | null): Incident['routing'] {
  if (routing === null || (routing.team === null && routing.policy === null)) return null;
  const { team, policy, by } = routing;
  return { team, policy, by };
}

function escalationOf(row: IncidentRow): Incident['escalation'] {
  if (row.clock_state === null) return null;
  return {
    state: row.clock_state,
    step: row.clock_step as number,
    round: row.clock_round as number,
    next_step: row.clock_next_step,
    next_step_at: instant(row.clock_next_step_at),
    ...((row.clock_acks_wanted ?? 1) > 1 && {
      acknowledgements: { wanted: row.clock_acks_wanted as number, by: (row.clock_acks ?? []).map(({ name }) => name) },
    }),
  };
}
