import { type Channel, type ChannelAddress, defineChannel, type Message } from '../notify/channels/channel';
import { mock } from '../notify/channels/mock';
import type { ChannelName } from '../notify/contract';
import type { Outcome } from '../notify/domain';

export interface PeopleChannels {
  list: readonly Channel<ChannelName>[];
  /** What was sent, in order. */
  sent: { channel: ChannelName; message: Message }[];
  /** Answers the next messages of a channel with these outcomes, one each; later ones are accepted. */
  answer(channel: ChannelName, ...outcomes: Outcome[]): void;
  /** Whether a channel is configured; all are at first. */
  configure(channel: ChannelName, configured: boolean): void;
  clear(): void;
}

export const REFUSED: Outcome = { outcome: 'failed', reason: 'unknown number', permanent: true };
export const BUSY: Outcome = { outcome: 'failed', reason: 'busy', permanent: false };

/**
 * Channels of people that send nothing: `webhook` takes phone numbers, `slack` takes accounts, and `email` takes mailboxes. They
 * have the names of real channels, because the contract lists the names.
 */
export function peopleChannels(): PeopleChannels {
  const sent: PeopleChannels['sent'] = [];
  const answers = new Map<ChannelName, Outcome[]>();
  const off = new Set<ChannelName>();

  const channel = (id: ChannelName, address: ChannelAddress) =>
    defineChannel({
      ...{ id, title: id, settings: {}, needs: '', setup: '', limits: { text: 5_000 }, accepted: '', server: null },
      address,
      configured: () => !off.has(id),
      async send(message) {
        sent.push({ channel: id, message });
        return answers.get(id)?.shift() ?? { outcome: 'sent', receipt: null, channel: 'working' };
      },
    });
  const example = { text: '', shown: '' };
  return {
    list: [
      mock,
      channel('webhook', { kind: 'phone', people: true, hint: 'A phone number.', example }),
      channel('email', {
        ...{ kind: 'email', people: true, hint: 'A mailbox.', example, ignoresCase: true },
        accepts: (address) => /^\S+@\S+$/.test(address),
      }),
      channel('slack', { kind: 'account', people: true, hint: 'An account.', example }),
    ],
    sent,
    answer: (id, ...outcomes) => {
      answers.set(id, outcomes);
    },
    configure: (id, configured) => {
      if (configured) off.delete(id);
      else off.add(id);
    },
    clear() {
      sent.length = 0;
      answers.clear();
      off.clear();
    },
  };
}
