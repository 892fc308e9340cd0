import { type Api, ask } from '../api';
import { eventually } from '../children';

const WITHIN_MS = 30_000;
const TEAM = 'checkout';
const ADA = { name: 'Ada', email: 'ada@example.com', role: 'primary' };
const BEN = { name: 'Ben', email: 'ben@example.com', role: 'secondary' };
const ALERT = { service: TEAM, severity: 'critical', message: 'Payments fail' };

/** One incident from its first alert to its end: paged, escalated by hand, acknowledged and resolved. */
export async function liveAnIncident(api: Api, sinkUrl: string): Promise<void> {
  await ask(api, 'POST', '/api/v1/schedules', { team: TEAM, rotation_type: 'weekly', members: [ADA, BEN] });
  await ask(api, 'GET', `/api/v1/oncall/current?team=${TEAM}`);
  const { incident_id: id } = await ask<{ incident_id: string }>(api, 'POST', '/api/v1/alerts', ALERT);
  await ask(api, 'POST', '/api/v1/alerts', ALERT);
  const paged = async () => {
    const path = `/api/v1/notifications?incident_id=${id}`;
    return (await ask<{ notifications: unknown[] }>(api, 'GET', path)).notifications.length > 0 || undefined;
  };
  if (!(await eventually(paged, { withinMs: WITHIN_MS }))) throw new Error('No page was sent.');
  await ask(api, 'POST', `/api/v1/incidents/${id}/escalate`, { reason: 'Nobody answers' });
  const message = 'Payments fail; see the incident';
  await ask(api, 'POST', '/api/v1/notify', { channel: 'webhook', recipient: sinkUrl, message, incident_id: id });
  for (const status of ['acknowledged', 'in_progress', 'resolved'])
    await ask(api, 'PATCH', `/api/v1/incidents/${id}`, { status });
  await ask(api, 'GET', '/api/v1/incidents/stats/summary');
}
