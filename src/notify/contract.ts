import { defineContract } from '../kernel/ports/contract';
import { EventsInput, EventsOutput, statusOperation } from '../kernel/ports/values';
import { walkOperations } from '../kernel/ports/walk';
import { channelOperations } from './contract/channelOperations';
import { inboundOperations } from './contract/inbound';
import { internalOperations } from './contract/internal';
import { methodOperations } from './contract/methods';
import { notificationOperations } from './contract/notifications';
import { pageOperations } from './contract/pages';
import { pushOperations } from './contract/pushOperations';
import { reachOperations } from './contract/reach';
import { ruleOperations } from './contract/rules';

/** The contract of notify, joined from its parts. */

export { CHANNELS } from './contract/channels';
export {
  AnswerAction,
  type AnsweringPerson,
  AnswerResult,
  type ChatCommand,
  combinedResult,
  type ResolvedAnswer,
} from './contract/inbound';
export { METHOD_STATES, MOST_METHODS, UNUSABLE } from './contract/methods';
export { CONCERNS, MOST_REACHED, Reach } from './contract/reach';
export type { NotificationRule, QuietHours } from './contract/rules';
export {
  CHANNEL_STATES,
  type ChannelName,
  type IncidentOutcome,
  type IncidentView,
  MESSAGE_KINDS,
  NOTIFICATION_STATUSES,
  type Notice,
  RECEIPT_STATES,
  RoomAddress,
  Target,
} from './contract/shared';

export const notifyContract = defineContract({
  ...notificationOperations,
  ...channelOperations,
  ...pushOperations,
  ...methodOperations,
  ...ruleOperations,
  ...pageOperations,
  ...internalOperations,
  ...reachOperations,
  ...inboundOperations,
  ...walkOperations('notify'),
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
  'notification_delivered',
  'notification_undelivered',
  'notification_delayed',
  'notifications_cancelled',
  'channel_tested',
  'channel_settings_changed',
  'channel_restored',
  'contact_method_added',
  'contact_method_changed',
  'contact_method_deleted',
  'contact_method_verified',
  'contact_method_failing',
  'contact_method_disabled',
  'notification_rules_set',
  'page_unreached',
  'update_polled',
] as const;
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];
