import type { Channel } from './channel';

/** Records and reaches nobody: what is stored is all there is, so it is sent once it is stored. */
export const mockChannel = (): Channel => ({
  name: 'mock',
  configured: () => true,
  refusal: () => null,
  deliver: async () => ({ outcome: 'sent', receipt: null }),
  close: async () => {},
});
