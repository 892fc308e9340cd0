import type { Channel } from './channel';

/** Records and reaches no one: what is stored is all there is. */
export const mockChannel = (): Channel => ({
  name: 'mock',
  configured: () => true,
  refusal: () => null,
  deliver: async () => ({ outcome: 'sent', receipt: null }),
  close: async () => {},
});
