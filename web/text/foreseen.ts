import { channelWords } from './channels';

/** Texts about how people will be reached. */

const lower: Record<string, string> = {
  email: 'e-mail',
  mock: 'mock, which reaches no one',
  webpush: 'push',
  voice: 'call',
};
const channelOf = (channel: string): string => lower[channel] ?? channelWords[channel]?.title ?? channel;
const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Why no contact method of a person reaches them. */
const whyNot: Record<string, string> = {
  no_contact_method: 'no contact method, and no e-mail is configured',
  unverified: 'contact methods are not verified',
  disabled: 'contact methods are disabled',
  stopped: 'messages are refused (STOP)',
  not_configured: 'no channel is configured',
  invalid_recipient: 'the address is invalid',
  unknown_channel: 'the channel does not exist',
};

/** Why no address of a person works, by the reason of the server. */
export const whyUnreachable = (reason: string | null): string =>
  reason === null ? 'no address on a channel that is set up' : (whyNot[reason] ?? reason);

export const foreseenWords = {
  channelOf,
  by: (channels: readonly string[], afterMinutes: number) =>
    `${afterMinutes === 0 ? '' : `+${afterMinutes} min `}by ${listed(channels.map(channelOf))}`,
  held: (until: string) => `(held by quiet hours until ${until})`,
  unknown: 'by methods that are not known now: notifications do not answer',
  unreachable: (reason: string | null) => `cannot be reached: ${whyUnreachable(reason)}`,
  next: 'Who is paged if no one acknowledges',
};
