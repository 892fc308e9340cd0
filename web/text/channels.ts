/** Written by scripts/environment.ts from the list in src/notify/channels/index.ts. */
export const channelWords: Record<string, ChannelWords> = {
  mock: { title: 'Mock', recordsOnly: true },
  webhook: { title: 'Webhook' },
  email: { title: 'E-mail', forPeople: true },
  slack: { title: 'Slack', roomPrefix: '#' },
  sms: { title: 'SMS' },
  voice: { title: 'Voice call' },
  webpush: { title: 'Push' },
  ntfy: { title: 'ntfy' },
  telegram: { title: 'Telegram' },
};

interface ChannelWords {
  title: string;
  /** People are paged by it, at the e-mail address of their schedule entry. */
  forPeople?: true;
  /** It only records messages. */
  recordsOnly?: true;
  /** Set before the address of a room. */
  roomPrefix?: string;
}
