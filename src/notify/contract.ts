import { defineContract } from '../kernel/ports/contract';
import { EventsInput, EventsOutput, statusOperation } from '../kernel/ports/values';
import { channelOperations } from './contract/channelOperations';
import { internalOperations } from './contract/internal';
import { notificationOperations } from './contract/notifications';

/** The contract of notify, joined from its parts. */

export { CHANNELS } from './contract/channels';
export {
  CHANNEL_STATES,
  type ChannelName,
  type IncidentOutcome,
  NOTIFICATION_STATUSES,
  type Notice,
  RoomAddress,
  Target,
} from './contract/shared';

export const notifyContract = defineContract({
  ...notificationOperations,
  ...channelOperations,
  ...internalOperations,
  standing: statusOperation('notify'),
  events: {
    summary: 'Events of this module in commit order; waits until there is one or `wait_ms` is over',
    method: 'GET',
    path: '/internal/notify/events',
    access: 'internal',
    quiet: true,
    input: EventsInput,
    output: EventsOutput,
  },
});
export type NotifyContract = typeof notifyContract;

/** The kinds of events of this module. */
export const NOTIFY_EVENTS = [
  'notifications_accepted',
  'notification_sent',
  'notification_failed',
  'notification_delayed',
  'notifications_cancelled',
  'channel_tested',
  'channel_restored',
] as const;
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];
