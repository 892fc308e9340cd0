import { incidentOf } from '../../src/testing/product';
import { type Front, openFront } from '../testing/front';
import { beginVisit, type Visit } from '../testing/visit';
import { accountStory } from './stories/account';
import { adminStory } from './stories/admin';
import { alertsStory } from './stories/alerts';
import { analyticsStory } from './stories/analytics';
import { dialogsStory } from './stories/dialogs';
import { heartbeatsStory } from './stories/heartbeats';
import { integrationsStory } from './stories/integrations';
import { livesStory } from './stories/lives';
import { notificationsStory } from './stories/notifications';
import { postmortemStory } from './stories/postmortem';
import { rulesStory } from './stories/rules';
import { sensesStory } from './stories/senses';
import { servicesStory } from './stories/services';
import { silencesStory } from './stories/silences';
import { sweep, type Things } from './stories/sweep';
import { workerStory } from './stories/worker';

/** The purpose of each page, in a real browser on the real product, which all stories share. */

jest.setTimeout(300_000);

let visit: Visit;
let front: Front;
let things: Things;

/** A small installation at work: a team on call, alerts of every severity, one reported again and acknowledged. */
async function moveIn({ ask, product, apiKey }: Visit): Promise<Things> {
  const members = ['Ana Brandt', 'Ben Okafor'].map((name, i) => ({
    name,
    email: `${name.slice(0, 3).toLowerCase()}@example.com`,
    role: i === 0 ? 'primary' : 'secondary',
  }));
  await ask('POST', '/api/v1/schedules', { team: 'payments', rotation_type: 'weekly', members });
  await ask('PUT', '/api/v1/services/checkout', { team: 'payments' });
  const alert = async (service: string, severity: string, message: string) => {
    const report = { service, severity, message, labels: { region: 'eu-west-1' } };
    const { alert_id } = await ask<{ alert_id: string }>('POST', '/api/v1/alerts', report);
    return { alert_id, incident_id: await incidentOf(product.url, apiKey, alert_id) };
  };
  const first = await alert('checkout', 'critical', 'Payments fail');
  await alert('checkout', 'critical', 'Payments fail');
  await alert('search', 'high', 'Search is slow');
  await alert('billing', 'medium', 'Disk is full');
  const last = await alert('mail', 'low', 'Certificate expires');
  await ask('PATCH', `/api/v1/incidents/${first.incident_id}`, { status: 'acknowledged', notes: 'Rolling back' });
  await ask('PATCH', `/api/v1/incidents/${last.incident_id}`, { status: 'resolved' });
  const message = { incident_id: first.incident_id, message: 'Payments fail, told by hand' };
  await ask('POST', '/api/v1/notify', { ...message, channel: 'slack', recipient: 'ops' });
  const { id } = await ask<{ id: string }>('POST', '/api/v1/integrations', { name: 'Alertmanager, staging' });
  const backup = { name: 'Nightly backup', service: 'backup', schedule: { period: 86_400, grace: 3_600 } };
  const heartbeat = await ask<{ id: string; ping_url: string }>('POST', '/api/v1/heartbeats', backup);
  for (const end of ['/start', '/3', ''])
    await fetch(heartbeat.ping_url + end, { method: 'POST', body: 'copied 7 files' });
  return {
    ...{ incident: first.incident_id, alert: first.alert_id, integration: id, team: 'payments' },
    heartbeat: heartbeat.id,
  };
}

beforeAll(async () => {
  visit = await beginVisit();
  things = await moveIn(visit);
  front = await openFront(visit.product.url);
});
afterAll(async () => {
  await front?.end();
  await visit?.end();
});

const here = () => visit;
describe('alerts', () => alertsStory(here));
describe('the post-mortem', () => postmortemStory(here));
describe('services', () => servicesStory(here));
describe('integrations', () => integrationsStory(here));
describe('heartbeats', () => heartbeatsStory(here));
describe('rules', () => rulesStory(here));
describe('silences', () => silencesStory(here));
describe('notifications', () => notificationsStory(here));
describe('analytics', () => analyticsStory(here));
describe('account', () => accountStory(here));
describe('administration', () => adminStory(here));
describe('without a server', () =>
  workerStory(
    here,
    () => front,
    () => things,
  ));
describe('few colours and no motion', () => sensesStory(here));
describe('changes by other people appear at once', () => livesStory(here));
describe('every dialog', () => dialogsStory(here, () => things));
describe('every page', () => sweep(here, () => things));

test('no page had an error, and no other host was asked', () => {
  expect(visit.faults).toEqual([]);
  expect(visit.elsewhere).toEqual([]);
});
