import type { Caller } from '../../kernel/ports/contract';
import { systemCaller } from '../../kernel/ports/contract';
import type { Incident } from '../contract';
import type { Deps } from '../deps';
import { actorInWords } from '../domain/actor';
import { firstOf } from '../domain/timeline';
import { pageOf, viewOf } from '../escalation/page';
import { personNamed } from '../escalation/responders';
import type { IncidentJobKinds } from '../jobKinds';
import { ALL_ALERTS_ENDED } from '../lifecycle/transitions';
import { alertsOf, findIncident } from '../store/reads';
import { latestEntry } from '../store/timeline';

/** Sends the latest state of an incident to the messages that show it. */

type View = ReturnType<typeof viewOf>;

const NAMES_SHOWN = 3;
const ALERT_SHOWN = 200;
const LONGEST_NAME = 255;
const LONGEST_NAMES = 280;
const ENVIRONMENT_KEY = /^environment key \d+$/;

/** @throws Problem `unavailable` while notify is away */
export async function showIncident(deps: Deps, { incident_id }: IncidentJobKinds['show_incident']): Promise<void> {
  const incident = await findIncident(deps.db, incident_id);
  if (incident === null) return;
  const caller = systemCaller(`show-${incident_id}`);
  const { message, severity } = pageOf(incident, '', []);
  const view = await stateOf(deps, incident, caller);
  await deps.notify.showIncident({ incident_id, message, severity, incident: view }, caller);
}

async function stateOf(deps: Deps, incident: Incident, caller: Caller): Promise<View & { changed_at: string }> {
  const { id, status, updated_at, assigned_to, alert_count } = incident;
  const [by, escalated, newest] = await Promise.all([
    status === 'open' ? null : actorOf(deps, incident, status, caller),
    latestEntry(deps.db, id, ['escalated']),
    alert_count > 1 ? alertsOf(deps.db, id, 1) : null,
  ]);
  return {
    ...{
      ...viewOf(incident),
      changed_at: updated_at,
      by,
      assigned_to: assigned_to && firstOf(assigned_to, LONGEST_NAME),
    },
    since: status === 'resolved' ? incident.resolved_at : status === 'open' ? null : incident.acknowledged_at,
    escalated_to: escalated && peopleOf(escalated.detail),
    alerts: alert_count,
    newest_alert: newest?.rows[0] ? firstOf(newest.rows[0].snapshot.message, ALERT_SHOWN) : null,
  };
}

/** The actor of the change to the present status, in words; null if no entry names one. */
async function actorOf(
  deps: Deps,
  incident: Incident,
  status: Exclude<Incident['status'], 'open'>,
  caller: Caller,
): Promise<string | null> {
  const entry = await latestEntry(deps.db, incident.id, [status]);
  if (entry === undefined) return incident.assigned_to;
  const { actor: name, detail } = entry;
  const bySource = detail['reason'] === ALL_ALERTS_ENDED;
  const kind = bySource || name === 'system' ? 'system' : ENVIRONMENT_KEY.test(name) ? 'key' : null;
  if (kind !== null) return actorInWords({ name, kind, bySource });
  const { assigned_to, assignee_email } = incident;
  if (assigned_to !== null && assignee_email === name) return firstOf(assigned_to, LONGEST_NAME);
  return firstOf((await personNamed(deps, name, incident, caller)).name, LONGEST_NAME);
}

/** The people that a step notified, in words; null for a step that notified only rooms. */
function peopleOf({ told, step }: Record<string, unknown>): string | null {
  const names = (Array.isArray(told) ? (told as { name?: unknown; role?: unknown }[]) : [])
    .filter(({ role }) => role !== 'room')
    .map(({ name }) => String(name));
  const [unique, others] = [[...new Set(names)], new Set(names).size - NAMES_SHOWN];
  if (unique.length === 0) return null;
  const shown = unique.slice(0, NAMES_SHOWN).join(', ');
  const more = others > 0 ? ` and ${others} more` : '';
  return `${firstOf(`${shown}${more}`, LONGEST_NAMES)}${typeof step === 'number' ? ` (step ${step})` : ''}`;
}
