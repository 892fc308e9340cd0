import type { ChannelName } from '../contract';
import type { Channel } from './channel';
import { email } from './email';
import { mock } from './mock';
import { ntfy } from './ntfy';
import { slack } from './slack';
import { sms } from './sms';
import { telegram } from './telegram';
import { voice } from './voice';
import { webhook } from './webhook';
import { webpush } from './webpush';

/** Every channel, in the order in which the API lists them. A new one is a new file and a line here. */
export const channels = [
  mock,
  webhook,
  email,
  slack,
  sms,
  voice,
  webpush,
  ntfy,
  telegram,
] as const satisfies readonly Channel<ChannelName>[];
