import request from 'supertest';
import { type Link, signLink } from '../../kernel/http/signedLinks';
import type { Caller } from '../../kernel/ports/contract';
import { Problem, unavailable } from '../../kernel/ports/problem';
import { anIncident, type GatewayUnderTest, gatewayUnderTest, SECRET_KEY } from '../../testing/gateway';

let g: GatewayUnderTest;
let incident = anIncident();
let updates: { input: object; caller: Caller }[] = [];
let fault: Problem | null = null;

const entry = (event_type: 'acknowledged' | 'resolved', actor: string) => ({
  id: '1b671a64-40d5-491e-99b0-da01ff1f3341',
  event_type,
  actor,
  detail: {},
  created_at: '2026-01-05T09:00:00.000Z',
});
const linkTo = (link: Partial<Link> = {}, key = SECRET_KEY) => {
  const expires = g.clock.now().getTime() / 1_000 + 60;
  const whole = {
    purpose: 'acknowledge' as const,
    incident_id: incident.id,
    actor: 'ben@example.com',
    expires,
    ...link,
  };
  return `/l/${signLink(key, whole)}`;
};

beforeAll(async () => {
  g = await gatewayUnderTest(
    {},
    {
      get: async () => {
        if (fault) throw fault;
        return incident;
      },
      update: async (input, caller) => {
        updates.push({ input, caller });
        incident = { ...incident, status: 'acknowledged', timeline: [entry('acknowledged', caller.actor)] };
        return incident;
      },
    },
  );
});
beforeEach(() => {
  incident = anIncident();
  updates = [];
  fault = null;
});
afterAll(() => g.close());

test('a link shows the incident and the acting person, and reading it changes nothing', async () => {
  const page = await request(g.app).get(linkTo()).expect(200);
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.headers['cache-control']).toBe('no-store');
  expect(page.headers['referrer-policy']).toBe('no-referrer');
  for (const said of [
    'Checkout is slow',
    'high',
    'checkout',
    'Unacknowledged',
    'ben@example.com',
    '<form method="post">',
  ]) {
    expect(page.text).toContain(said);
  }
  expect(page.text).not.toMatch(/<script|style=/);
  await request(g.app).head(linkTo()).expect(200);
  expect(updates).toEqual([]);
});

test('its button acknowledges as the recipient of the message', async () => {
  const page = await request(g.app).post(linkTo()).expect(200);
  expect(page.text).toContain('Taken by <strong>ben@example.com</strong>.');
  expect(updates).toEqual([
    {
      input: { id: incident.id, status: 'acknowledged' },
      caller: expect.objectContaining({ actor: 'ben@example.com', email: 'ben@example.com', role: 'responder' }),
    },
  ]);
});

test('used again, or after another person, it shows who took the incident', async () => {
  await request(g.app).post(linkTo()).expect(200);
  const later = await request(g.app)
    .post(linkTo({ actor: 'cleo@example.com' }))
    .expect(200);
  expect(later.text).toContain('Taken by <strong>ben@example.com</strong>.');
  const read = await request(g.app).get(linkTo()).expect(200);
  expect(read.text).not.toContain('<form');
  expect(updates).toHaveLength(1);
});

test('after the time-out of an acknowledgement, the link acknowledges again', async () => {
  const running = { state: 'running' as const, step: 1, round: 1, next_step: 2, next_step_at: null };
  incident = anIncident({ status: 'acknowledged', escalation: running });
  await request(g.app).post(linkTo()).expect(200);
  expect(updates).toHaveLength(1);
});

test('a resolved incident shows who resolved it', async () => {
  incident = anIncident({ status: 'resolved' });
  incident.timeline = [entry('acknowledged', 'ben@example.com'), entry('resolved', 'cleo')];
  const page = await request(g.app).post(linkTo()).expect(200);
  expect(page.text).toContain('Resolved by <strong>cleo</strong>');
  expect(updates).toEqual([]);
});

test('a link to view has no button and cannot acknowledge', async () => {
  const page = await request(g.app)
    .get(linkTo({ purpose: 'view' }))
    .expect(200);
  expect(page.text).toContain('No one has acknowledged this incident yet.');
  await request(g.app)
    .post(linkTo({ purpose: 'view' }))
    .expect(403);
  expect(updates).toEqual([]);
});

test('a room is an actor without an address', async () => {
  await request(g.app)
    .post(linkTo({ actor: 'email:ops@example.com' }))
    .expect(200);
  expect(updates[0]!.caller).toMatchObject({ actor: 'email:ops@example.com', email: null });
});

test('text of people is text on the page, never HTML', async () => {
  incident = anIncident({ title: '<script>alert("x")</script>', service: "a&b'" });
  const page = await request(g.app).get(linkTo()).expect(200);
  expect(page.text).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
  expect(page.text).toContain('a&amp;b&#39;');
  expect(page.text).not.toContain('<script>');
});

test.each([
  ['of another key', () => linkTo({}, 'another key'), 404],
  ['that was changed', () => `${linkTo()}x`, 404],
  ['of nonsense', () => '/l/nonsense', 404],
  ['that has expired', () => linkTo({ expires: g.clock.now().getTime() / 1_000 - 1 }), 403],
])('a link %s is refused with a page', async (_what, link, status) => {
  for (const method of ['get', 'post'] as const) {
    const page = await request(g.app)[method](link()).set('X-Request-ID', 'abc-7').expect(status);
    expect(page.text).toContain('This link does not work');
    expect(page.text).toContain('abc-7');
  }
  expect(updates).toEqual([]);
});

test.each([
  ['gone', new Problem('not-found', 'Incident not found'), 404],
  ['out of reach', unavailable('The neighbour that answers get is unreachable.'), 503],
])('an incident that is %s gets a page with the reason', async (_what, problem, status) => {
  fault = problem;
  const page = await request(g.app).get(linkTo()).expect(status);
  expect(page.text).toContain(problem.detail);
});

test('after a lost race the page shows who took the incident', async () => {
  const raced = g.another(
    {},
    {
      ports: {
        ...g.deps.ports,
        incidents: {
          ...g.deps.ports.incidents,
          update: async () => {
            incident = { ...incident, status: 'in_progress', assigned_to: 'cleo' };
            throw new Problem('conflict', "Cannot transition from 'in_progress' to 'acknowledged'.");
          },
        },
      },
    },
  );
  const page = await request(raced.app).post(linkTo()).expect(200);
  expect(page.text).toContain('Taken by <strong>cleo</strong>.');
});
