import type { ChannelName } from '../contract';
import type { Channel } from './channel';
import { email } from './email';
import { mock } from './mock';
import { slack } from './slack';
import { webhook } from './webhook';

/** Every channel, in the order in which the API lists them. A new one is a new file and a line here. */
export const channels = [mock, webhook, email, slack] as const satisfies readonly Channel<ChannelName>[];
