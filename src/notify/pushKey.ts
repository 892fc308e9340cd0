import type { Service } from '../kernel/ports/contract';
import type { Channels } from './channels/open';
import type { NotifyContract } from './contract';

/** The key of the first configured channel whose addresses are devices. */
export const pushKeyAnswer = (channels: Channels): Pick<Service<NotifyContract>, 'pushKey'> => ({
  async pushKey() {
    const keys = channels.all.map(({ id }) => channels.of(id).deviceKey());
    return { public_key: keys.find((key) => key !== null) ?? null };
  },
});
