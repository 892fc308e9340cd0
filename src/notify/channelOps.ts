import type { Clock } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import { type NewEvent, record } from '../kernel/events/events';
import type { Caller, Service } from '../kernel/ports/contract';
import type { SecretBox } from '../kernel/secretBox';
import type { Channels } from './channels/open';
import type { ChannelName, NotifyContract, NotifyEvent } from './contract';
import type { ChannelSummary } from './contract/channelOperations';
import { TEST_SUBJECT } from './domain';
import { changeSettings, type GivenSettings } from './settings/change';
import type { LiveSettings } from './settings/live';
import { declaredOf, lostWords } from './settings/view';
import { shownRecipient } from './shownRecipient';
import { stateOf } from './store/channels';

type Answers = Pick<Service<NotifyContract>, 'channels' | 'contactCard' | 'setChannelSettings' | 'testChannel'>;

const TEST_MESSAGE = 'This is a test from Tocsin. If you can read it, Tocsin can reach you at this address.';

export interface ChannelDeps {
  db: Db;
  clock: Clock;
  channels: Channels;
  box: SecretBox;
  settings: LiveSettings;
  publicUrl: string;
  notify: Service<NotifyContract>['notify'];
}

/** Lists the channels with their states and settings, changes settings, and sends test messages. */
export function channelAnswers(deps: ChannelDeps): Answers {
  const { db, clock, channels, notify } = deps;
  return {
    async channels(_input, caller) {
      const list = await Promise.all(channels.all.map(({ id }) => summaryOf(deps, id, caller)));
      const usable = list.filter((one) => one.reaches && one.configured && isProven(deps, one));
      return {
        can_reach_people: usable.some(({ people }) => people),
        can_reach_rooms: usable.some(({ rooms }) => rooms),
        lost_settings: [...new Set(channels.all.flatMap(({ id }) => channels.of(id).lost))],
        channels: list,
      };
    },

    async contactCard() {
      const senders = [...new Set(channels.all.flatMap(({ id }) => channels.of(id).senders()))];
      return {
        phones: senders.filter((sender) => !sender.includes('@')),
        emails: senders.filter((sender) => sender.includes('@')),
      };
    },

    async setChannelSettings({ channel, ...given }, caller) {
      await changeSettings(deps, channel, given as GivenSettings, caller);
      return summaryOf(deps, channel, caller);
    },

    async testChannel({ channel, address }, caller) {
      const input = { incident_id: TEST_SUBJECT, channel, recipient: address, message: TEST_MESSAGE };
      const answer = await notify(input, caller);
      const data = {
        channel,
        recipient: shownRecipient({ channel, recipient: address }),
        status: answer.status,
        reason: answer.reason,
      };
      const { actor } = caller;
      const fact: NewEvent<NotifyEvent> = { kind: 'channel_tested', subject: channel, actor, data, at: clock.now() };
      await db.transaction((trx) => record(trx, [fact], caller));
      return answer;
    },
  };
}

async function summaryOf(
  { db, channels, publicUrl }: ChannelDeps,
  channel: ChannelName,
  caller: Caller,
): Promise<ChannelSummary> {
  const { state, since, last_sent_at, last_failed_at, last_error, ...rest } = await stateOf(db, channel);
  const open = channels.of(channel);
  const { title, setup, address, recordsOnly = false } = open.definition;
  const configured = open.configured();
  const lost = lostWords(open.lost);
  return {
    channel,
    title,
    configured,
    setup,
    address_hint: address.hint,
    ...declaredOf(open, publicUrl, caller),
    reaches: !recordsOnly,
    state: lost !== null ? 'failing' : (state ?? (configured ? 'untried' : 'not_configured')),
    since: since?.toISOString() ?? null,
    last_error: lost ?? last_error,
    last_sent_at: last_sent_at?.toISOString() ?? null,
    last_failed_at: last_failed_at?.toISOString() ?? null,
    ...rest,
  };
}

/** A channel that needs nothing from the operator is there on every server, so it counts only when it has delivered. */
function isProven({ channels }: ChannelDeps, { channel, last_sent_at }: ChannelSummary): boolean {
  const { needs, generate } = channels.of(channel).definition;
  return (needs !== '' && generate === undefined) || last_sent_at !== null;
}
