import type { Client } from './client';
import type { Providers } from './providers';

/** The people of the run, each reached in another way, and the policy that pages them. */

export const TEAM = {
  team: 'prove',
  members: [
    { name: 'Ada', email: 'ada@example.com', role: 'primary' },
    { name: 'Ben', email: 'ben@example.com', role: 'secondary' },
  ],
};

/** A team that owns nothing, so that its people are known. */
const OTHERS = {
  team: 'prove-others',
  members: [
    { name: 'Cem', email: 'cem@example.com', role: 'primary' },
    { name: 'Dia', email: 'dia@example.com', role: 'secondary' },
  ],
};

interface Method {
  channel: string;
  address: string;
}

/** Ben has no contact method: the address of the schedule entry counts. */
const peopleOf = ({ subscribe }: Providers): Record<string, { methods: Method[]; rules: object | null }> => ({
  'ada@example.com': {
    methods: [
      { channel: 'email', address: 'ada@example.com' },
      { channel: 'sms', address: '+14155552671' },
      { channel: 'voice', address: '+14155552671' },
    ],
    rules: {
      high: [
        { after_minutes: 0, methods: ['*sms'] },
        { after_minutes: 1, methods: ['*voice'], unless: 'delivered' },
        { after_minutes: 2, methods: ['*email'] },
      ],
      low: [{ after_minutes: 0, methods: ['*email'] }],
    },
  },
  'cem@example.com': {
    methods: [
      { channel: 'webpush', address: subscribe() },
      { channel: 'ntfy', address: 'tocsin-cem-h4rdtogu3ss' },
      { channel: 'sms', address: '+14155552672' },
    ],
    rules: null,
  },
  'dia@example.com': {
    methods: [
      { channel: 'ntfy', address: 'tocsin-dia-h4rdtogu3ss' },
      { channel: 'voice', address: '+14155552673' },
    ],
    rules: {
      high: [
        { after_minutes: 0, methods: ['*voice'] },
        { after_minutes: 1, methods: ['*push', '*chat'] },
      ],
      low: [{ after_minutes: 0, methods: ['*chat'] }],
    },
  },
});

const POLICY = {
  steps: [
    {
      targets: [
        { kind: 'schedule', team: TEAM.team, role: 'primary' },
        { kind: 'person', email: 'cem@example.com' },
      ],
      wait_minutes: 1,
    },
    {
      targets: [
        { kind: 'schedule', team: TEAM.team, role: 'secondary' },
        { kind: 'person', email: 'dia@example.com' },
      ],
      wait_minutes: 1,
    },
  ],
  repeat: 2,
};

/** Makes the schedule, the contact methods, which their owners verify by the codes that arrive, the rules and the policy. */
export async function movePeopleIn(client: Client, providers: Providers, mailed: Providers['code']): Promise<void> {
  for (const team of [TEAM, OTHERS]) await must(client, 'POST', '/api/v1/schedules', team);
  for (const [person, { methods, rules }] of Object.entries(peopleOf(providers))) {
    for (const method of methods) {
      const path = '/api/v1/contact-methods';
      const { id } = await must<{ id: string }>(client, 'POST', path, { person, ...method });
      const recipient = `${method.channel}:${method.address}`;
      const code = await (method.channel === 'email' ? mailed : providers.code)(recipient);
      if (code === undefined) throw new Error(`No code arrived at ${recipient}.`);
      await must(client, 'POST', `${path}/${id}/verify`, { code });
    }
    if (rules !== null) await must(client, 'PUT', '/api/v1/notification-rules', { person, ...rules });
  }
  await must(client, 'PUT', `/api/v1/policies/${TEAM.team}`, POLICY);
}

async function must<T>(client: Client, method: string, path: string, body: object): Promise<T> {
  const answer = await client.insist<T>(method, path, body);
  if (answer !== null && answer.status < 300) return answer.body;
  throw new Error(`${method} ${path} → ${answer?.status}: ${JSON.stringify(answer?.body)}`);
}
