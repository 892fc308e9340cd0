/** Written by scripts/environment.ts from the list in src/notify/channels/index.ts. */
export const channelWords: Record<string, ChannelWords> = {
  mock: { title: 'Mock', recordsOnly: true },
  webhook: { title: 'Webhook', needs: 'WEBHOOK_URL' },
  email: { title: 'E-mail', needs: 'SMTP_URL with MAIL_FROM', forPeople: true },
  slack: { title: 'Slack', needs: 'SLACK_WEBHOOK_URL', roomPrefix: '#' },
};

interface ChannelWords {
  title: string;
  /** Settings without which it sends nothing. */
  needs?: string;
  /** People are paged by it, at the e-mail address of their schedule entry. */
  forPeople?: true;
  /** It only records messages. */
  recordsOnly?: true;
  /** Set before the address of a room. */
  roomPrefix?: string;
}
