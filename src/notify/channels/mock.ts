import { defineChannel } from './channel';

/** Stores messages and sends none, for a trial. */
export const mock = defineChannel({
  id: 'mock',
  title: 'Mock',
  recordsOnly: true,
  settings: {},
  needs: '',
  setup: '',
  address: {
    kind: 'room',
    hint: 'Any text: the message is only stored and sent to no one.',
    example: { text: 'ops-team', shown: 'ops-team' },
    defaultRoom: 'ops-team',
  },
  limits: { text: 5_000 },
  accepted: 'Never: a page is only recorded and reaches no one',
  server: null,
  configured: () => true,
  send: async () => ({ outcome: 'sent', receipt: null }),
});
