import { defineChannel } from './channel';

/** Writes down what it is given and reaches no one: for trying things out. */
export const mock = defineChannel({
  id: 'mock',
  title: 'Mock',
  recordsOnly: true,
  settings: {},
  needs: '',
  setup: '',
  address: {
    kind: 'room',
    hint: 'Anything: it is written down and sent to nobody.',
    example: { text: 'ops-team', shown: 'ops-team' },
    defaultRoom: 'ops-team',
  },
  limits: { text: 5_000 },
  accepted: 'Never: a page is only recorded and reaches no one',
  server: null,
  configured: () => true,
  send: async () => ({ outcome: 'sent', receipt: null }),
});
