import { outgoing } from '../../kernel/http';
import type { ChannelName } from '../contract';
import type { Channel } from './channel';
import { emailChannel } from './email';
import { mockChannel } from './mock';
import { slackChannel } from './slack';
import { webhookChannel } from './webhook';

export interface ChannelsOptions {
  smtpUrl?: string | undefined;
  mailFrom: string;
  slackWebhookUrl?: string | undefined;
  webhookUrl?: string | undefined;
  webhookSecret?: string | undefined;
  /** Deadline of one attempt. */
  timeoutMs: number;
  /** Private addresses and CIDR blocks that users may name as targets. */
  outgoingAllow: string[];
}

export interface Channels {
  of(name: ChannelName): Channel;
  close(): Promise<void>;
}

export function openChannels(options: ChannelsOptions): Channels {
  const http = outgoing(options.outgoingAllow);
  const { timeoutMs, slackWebhookUrl, webhookUrl, webhookSecret } = options;
  const channels: Record<ChannelName, Channel> = {
    mock: mockChannel(),
    email: emailChannel({ smtpUrl: options.smtpUrl, mailFrom: options.mailFrom, timeoutMs }),
    slack: slackChannel({ outgoing: http, webhookUrl: slackWebhookUrl, timeoutMs }),
    webhook: webhookChannel({ outgoing: http, url: webhookUrl, secret: webhookSecret, timeoutMs }),
  };
  return {
    of: (name) => channels[name],
    async close() {
      await Promise.all(Object.values(channels).map((channel) => channel.close()));
      await http.close();
    },
  };
}
