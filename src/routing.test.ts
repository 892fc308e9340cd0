import { register } from 'prom-client';
import { askAt } from './testing/ask';
import { type Harness, startHarness } from './testing/harness';

/** Routes of rules through the whole product, in one process and in five: from a report to the person who is paged. */

interface Incident {
  id: string;
  team: string | null;
  assigned_to: string | null;
  severity: string;
  reach: string;
  alert_count: number;
  not_paged_by: string | null;
  timeline: { event_type: string; detail: { told?: { name: string }[]; missing_team?: string; room?: string } }[];
}

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  beforeAll(async () => {
    register.clear();
    harness = await startHarness(wiring);
    for (const team of ['shop-owners', 'web']) {
      const members = [{ name: `Ann of ${team}`, email: `ann@${team}.example`, role: 'primary' }];
      await ask('POST', '/api/v1/schedules', { team, members });
    }
    for (const service of ['shop', 'cart']) await ask('PUT', `/api/v1/services/${service}`, { team: 'shop-owners' });
  }, 60_000);
  afterAll(() => harness.stop());

  const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);
  const send = (service: string, env: string, severity = 'high') =>
    ask<{ incident_id: string; action: string }>('POST', '/api/v1/alerts', {
      ...{ service, severity, message: `${service} ${env} ${severity}`, labels: { env } },
    });
  const read = (id: string) => ask<Incident>('GET', `/api/v1/incidents/${id}`);
  const rule = (env: string, actions: object) =>
    ask('POST', '/api/v1/rules', { name: env, when: [`env="${env}"`], ...Object.fromEntries([['then', actions]]) });
  /** The people that any step paged, each once: the mock channel reaches no one, so the policy goes on at once. */
  const paged = ({ timeline }: Incident) => [
    ...new Set(
      timeline
        .flatMap(({ detail: { told = [] } }) => told.map(({ name }) => name))
        .filter((name) => name.startsWith('Ann')),
    ),
  ];

  test('the team of a rule is paged instead of the owner, for one incident of a group', async () => {
    await rule('grouped', { set: { team: 'web' }, group_by: { kind: 'labels', labels: ['env'] } });
    const first = await send('shop', 'grouped', 'low');
    expect(await send('cart', 'grouped', 'critical')).toMatchObject({ incident_id: first.incident_id });
    await harness.drain();
    const incident = await read(first.incident_id);
    expect(incident).toMatchObject({ team: 'web', assigned_to: 'Ann of web', severity: 'critical', alert_count: 2 });
    expect(paged(incident)).toEqual(['Ann of web']);
    const plain = await send('shop', 'plain');
    await harness.drain();
    expect(paged(await read(plain.incident_id))).toEqual(['Ann of shop-owners']);
  });

  test('a team that does not exist leaves the page to the owner of the service, and the timeline says so', async () => {
    await rule('lost', { set: { team: 'no such team' } });
    const { incident_id } = await send('shop', 'lost');
    await harness.drain();
    const incident = await read(incident_id);
    expect(paged(incident)).toEqual(['Ann of shop-owners']);
    expect(incident.timeline.find(({ detail }) => detail.missing_team === 'no such team')).toBeDefined();
  });

  test('an incident that pages no one notifies its room, and pages when an alert joins that pages', async () => {
    await rule('quiet', { page: false, room: 'mock:ops' });
    const { incident_id } = await send('cart', 'quiet', 'medium');
    await harness.drain();
    const before = await read(incident_id);
    expect([before.not_paged_by, before.reach, paged(before)]).toEqual(['quiet', 'not_paged', []]);
    expect(before.timeline.find(({ event_type }) => event_type === 'room_notified')?.detail.room).toBe('mock:ops');
    expect(await send('cart', 'plain', 'medium')).toMatchObject({ incident_id, action: 'existing_incident' });
    await harness.drain();
    const after = await read(incident_id);
    expect([after.not_paged_by, paged(after)]).toEqual([null, ['Ann of shop-owners']]);
  });

  test('an alert that pages no one pages when it rises to a severity that its rule does not match', async () => {
    const matchers = ['env="calm"', 'severity="low"'];
    await ask('POST', '/api/v1/rules', {
      name: 'calm',
      when: matchers,
      ...Object.fromEntries([['then', { page: false }]]),
    });
    const rising = { service: 'cart', message: 'Disk full', labels: { env: 'calm' }, dedup_key: 'calm disk' };
    const report = (severity: string) =>
      ask<{ incident_id: string }>('POST', '/api/v1/alerts', { ...rising, severity });
    const { incident_id } = await report('low');
    await harness.drain();
    expect(await read(incident_id)).toMatchObject({ reach: 'not_paged', not_paged_by: 'calm' });
    await report('critical');
    await harness.drain();
    const risen = await read(incident_id);
    expect([risen.severity, risen.not_paged_by, paged(risen)]).toEqual(['critical', null, ['Ann of shop-owners']]);
  });
});
