import request from 'supertest';
import type { incidentsContract } from './incidents/contract';
import { API_KEY, type Harness, startHarness } from './testing/harness';
import { type SmtpSink, smtpSink } from './testing/smtp';

/** Compares the preview of an escalation with its real course. */

type Preview = import('zod').output<(typeof incidentsContract.previewEscalation)['output']>;

let harness: Harness;
let mail: SmtpSink;
beforeAll(async () => {
  mail = await smtpSink();
  harness = await startHarness('monolith', { SMTP_URL: mail.url });
});
afterAll(async () => {
  await harness.stop();
  await mail.close();
});

const as = (call: request.Test) => call.set('X-API-Key', API_KEY);
const send = async (method: 'post' | 'put', path: string, body: object) => {
  const answer = await as(request(harness.url)[method](path)).send(body);
  expect([path, answer.status, answer.status < 300 ? '' : answer.text]).toEqual([path, answer.status, '']);
  return answer.body;
};
const get = async (path: string, query: object = {}) => as(request(harness.url).get(path).query(query));
const member = (name: string, role: string) => ({ name, email: `${name.toLowerCase()}@example.com`, role });

const targetsOf = (told: { name: string; role: string; channel: string; reachable: boolean }[]) =>
  told.map(
    ({ name, role, channel, reachable }) => `${name} as ${role} by ${channel}${reachable ? '' : ', unreachable'}`,
  );

/** Creates an incident, runs its escalation until the policy is exhausted, and returns its steps. */
async function escalate(service: string, severity: string) {
  const { id } = await send('post', '/api/v1/incidents', { title: 'It broke', service, severity });
  await harness.drain();
  for (;;) {
    const { state, next_step_at } = (await get(`/api/v1/incidents/${id}`)).body.escalation;
    if (state === 'exhausted') break;
    harness.clock.set(next_step_at);
    await harness.drain();
  }
  const { timeline } = (await get(`/api/v1/incidents/${id}`)).body;
  await as(request(harness.url).patch(`/api/v1/incidents/${id}`)).send({ status: 'resolved' });
  const happened = timeline.filter((entry: { detail: { step?: number } }) => entry.detail.step !== undefined);
  const exhausted = timeline.find((entry: { event_type: string }) => entry.event_type === 'escalation_exhausted');
  return {
    steps: happened.map(({ created_at, detail }: { created_at: string; detail: Preview['steps'][number] }) => ({
      at: created_at,
      step: detail.step,
      round: detail.round,
      why: detail.why,
      told: targetsOf(detail.told),
    })),
    exhausted_at: exhausted?.created_at,
  };
}

const stepsOf = ({ steps, exhausted_at }: Preview) => ({
  steps: steps.map(({ at, step, round, why, told }) => ({ at, step, round, why, told: targetsOf(told) })),
  exhausted_at,
});

beforeAll(async () => {
  await send('post', '/api/v1/schedules', {
    team: 'web',
    rotation_type: 'daily',
    members: [member('Ann', 'primary'), member('Ben', 'primary'), member('Cy', 'secondary')],
  });
  await send('post', '/api/v1/schedules', {
    team: 'ops',
    rotation_type: 'weekly',
    members: [member('Dee', 'primary')],
  });
  await send('post', '/api/v1/schedules', {
    team: 'desk',
    rotation_type: 'weekly',
    members: [member('Eve', 'primary')],
  });
  await send('put', '/api/v1/people/fay@example.com', { name: 'Fay' });
  await send('put', '/api/v1/policies/ops', {
    repeat: 1,
    steps: [
      { targets: [{ kind: 'schedule', team: 'ops', role: 'secondary' }], wait_minutes: 3 },
      {
        targets: [
          { kind: 'person', email: 'fay@example.com' },
          { kind: 'schedule', team: 'web', role: 'primary' },
        ],
        wait_minutes: 4,
      },
      { targets: [{ kind: 'room', address: 'email:war-room@example.com' }], wait_minutes: 5 },
    ],
  });
  await send('put', '/api/v1/policies/desk', {
    steps: [
      { targets: [{ kind: 'schedule', team: 'desk', role: 'primary' }], wait_minutes: 30 },
      { targets: [{ kind: 'team', team: 'desk' }], wait_minutes: 10 },
    ],
    support_hours: { time_zone: 'UTC', restrictions: [{ from: '10:00', to: '10:20' }] },
  });
});

test.each([
  ['web', 'high', 'a hand-off in the middle of the default policy', '2026-01-05T23:50:00.000Z'],
  ['ops', 'critical', 'steps without a target, people, other teams and rooms', '2026-01-06T12:00:00.000Z'],
  ['desk', 'low', 'pages that wait for support hours', '2026-01-07T09:30:00.000Z'],
  ['desk', 'high', 'pages that do not wait', '2026-01-09T12:00:00.000Z'],
  ['unowned', 'high', 'a service without a team', '2026-01-10T12:00:00.000Z'],
])('the preview for %s (%s) equals the real escalation: %s', async (service, severity, _, at) => {
  harness.clock.set(at);
  await harness.drain();
  const before = (await get('/api/v1/notifications')).body.total;
  const preview: Preview = (await get('/api/v1/escalations/preview', { service, severity, at })).body;
  expect((await get('/api/v1/notifications')).body.total).toBe(before);
  expect(preview.steps.length).toBeGreaterThan(0);
  expect(stepsOf(preview)).toEqual(await escalate(service, severity));
});

test('a preview has the person, channel, time and reason of each step', async () => {
  const at = '2026-01-12T00:00:00Z';
  const { body } = await get('/api/v1/escalations/preview', { team: 'web', severity: 'critical', at });
  expect(body).toMatchObject({ team: 'web', severity: 'critical', again_at: null });
  expect(body.steps[0]).toMatchObject({ at: '2026-01-12T00:00:00.000Z', step: 1, round: 0, why: 'primary' });
  expect(body.steps).toHaveLength(12);
  expect(body.steps[1].told).toEqual([
    {
      name: 'Cy',
      email: 'cy@example.com',
      role: 'secondary',
      channel: 'email',
      recipient: 'cy@example.com',
      reachable: true,
      at: '2026-01-12T00:05:00.000Z',
    },
  ]);
  expect(body.steps[1].at).toBe('2026-01-12T00:05:00.000Z');
});

test('the preview of a draft equals the preview after the policy is saved', async () => {
  const policy = {
    repeat: 1,
    steps: [
      { targets: [{ kind: 'person', email: 'fay@example.com' }], wait_minutes: 7 },
      {
        targets: [
          { kind: 'team', team: 'ops' },
          { kind: 'room', address: 'email:war-room@example.com' },
        ],
        wait_minutes: 2,
      },
    ],
    support_hours: { time_zone: 'UTC', restrictions: [{ from: '10:00', to: '16:00' }] },
  };
  const asked = { team: 'draft', severity: 'low', at: '2026-01-12T08:30:00Z' };
  await send('post', '/api/v1/schedules', {
    team: 'draft',
    rotation_type: 'weekly',
    members: [member('Gil', 'primary')],
  });
  const current = (await get('/api/v1/escalations/preview', asked)).body;
  const draft = await send('post', '/api/v1/escalations/preview', { ...asked, policy });
  expect(draft.steps.map(({ at, why }: { at: string; why: string }) => [at.slice(11, 16), why])).toEqual([
    ['08:30', 'outside_support_hours'],
    ['10:00', 'person'],
    ['10:07', 'everybody of ops, room'],
    ['10:09', 'person'],
    ['10:16', 'everybody of ops, room'],
  ]);
  expect(draft.steps[1].told).toMatchObject([{ name: 'Fay', email: 'fay@example.com', role: 'person' }]);
  expect((await get('/api/v1/escalations/preview', asked)).body).toEqual(current);
  await send('put', '/api/v1/policies/draft', policy);
  expect((await get('/api/v1/escalations/preview', asked)).body).toEqual(draft);
});

test('an invalid draft is refused with the path of each invalid field', async () => {
  const tried = (steps: object[]) =>
    as(request(harness.url).post('/api/v1/escalations/preview')).send({ team: 'web', policy: { steps } });
  const faults = async (steps: object[]) => {
    const { status, body } = await tried(steps);
    return [status, body.errors.map(({ path }: { path: string }) => path)];
  };
  expect(await faults([])).toEqual([422, ['policy.steps']]);
  const targets = [
    { kind: 'person', email: 'nobody@example.com' },
    { kind: 'team', team: 'ghost' },
  ];
  expect(await faults([{ targets, wait_minutes: 5 }])).toEqual([
    422,
    ['policy.steps.0.targets.0.email', 'policy.steps.0.targets.1.team'],
  ]);
});

test.each<[number, string, object]>([
  [422, 'at', { team: 'web', at: '9999-01-01T00:00:00Z' }],
  [422, 'service', {}],
  [422, 'service', { service: 'web', team: 'web' }],
  [422, 'severity', { team: 'web', severity: 'panic' }],
  [422, 'at', { team: 'web', at: '2026-02-30T00:00:00Z' }],
])('a preview is refused with %i naming %s for %j', async (status, path, query) => {
  const answer = await get('/api/v1/escalations/preview', query);
  expect([answer.status, answer.body.errors?.map((each: { path: string }) => each.path)]).toEqual([status, [path]]);
});

test('a preview of an unknown team is 404', async () => {
  expect((await get('/api/v1/escalations/preview', { team: 'ghost' })).status).toBe(404);
});
