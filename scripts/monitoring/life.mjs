import { eventually } from '../children.mjs';

const WITHIN_MS = 30_000;
const TEAM = 'checkout';
const ADA = { name: 'Ada', email: 'ada@example.com', role: 'primary' };
const BEN = { name: 'Ben', email: 'ben@example.com', role: 'secondary' };
const ALERT = { service: TEAM, severity: 'critical', message: 'Payments fail' };

/** One incident from its first alert to its end: paged, escalated by hand, taken and resolved. */
export async function liveAnIncident({ url, apiKey, sinkUrl }) {
  const ask = api({ url, apiKey });
  await ask('POST', '/api/v1/schedules', { team: TEAM, rotation_type: 'weekly', members: [ADA, BEN] });
  await ask('GET', `/api/v1/oncall/current?team=${TEAM}`);
  const { incident_id: id } = await ask('POST', '/api/v1/alerts', ALERT);
  await ask('POST', '/api/v1/alerts', ALERT);
  const paged = async () =>
    (await ask('GET', `/api/v1/notifications?incident_id=${id}`)).notifications.length > 0 || undefined;
  if (!(await eventually(paged, { withinMs: WITHIN_MS }))) throw new Error('Nobody was paged.');
  await ask('POST', `/api/v1/incidents/${id}/escalate`, { reason: 'Nobody answers' });
  const message = 'Payments fail; see the incident';
  await ask('POST', '/api/v1/notify', { channel: 'webhook', recipient: sinkUrl, message, incident_id: id });
  for (const status of ['acknowledged', 'in_progress', 'resolved'])
    await ask('PATCH', `/api/v1/incidents/${id}`, { status });
  await ask('GET', '/api/v1/incidents/stats/summary');
}

function api({ url, apiKey }) {
  return async (method, path, body) => {
    const headers = { 'X-API-Key': apiKey, 'Content-Type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
}
