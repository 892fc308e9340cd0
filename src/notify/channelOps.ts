import type { Clock } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import { type NewEvent, record } from '../kernel/events/events';
import type { Service } from '../kernel/ports/contract';
import type { Channels } from './channels/open';
import type { NotifyContract, NotifyEvent } from './contract';
import { stateOf } from './store/channels';

type Answers = Pick<Service<NotifyContract>, 'channels' | 'testChannel'>;

const TEST_MESSAGE = 'This is a test from Tocsin. If you can read it, Tocsin can reach you at this address.';
/** The `incident_id` of test messages. */
const TEST_SUBJECT = 'channel-test';

/** Lists the channels with their states, and sends test messages. */
export function channelAnswers({
  db,
  clock,
  channels,
  notify,
}: {
  db: Db;
  clock: Clock;
  channels: Channels;
  notify: Service<NotifyContract>['notify'];
}): Answers {
  return {
    async channels() {
      const states = channels.all.map(async ({ id: channel, title, setup, address, recordsOnly = false }) => {
        const { state, since, last_sent_at, last_failed_at, ...rest } = await stateOf(db, channel);
        const configured = channels.of(channel).configured();
        return {
          channel,
          title,
          configured,
          setup,
          address_hint: address.hint,
          for_people: address.kind === 'email',
          reaches: !recordsOnly,
          state: state ?? (configured ? ('untried' as const) : ('not_configured' as const)),
          since: since?.toISOString() ?? null,
          last_sent_at: last_sent_at?.toISOString() ?? null,
          last_failed_at: last_failed_at?.toISOString() ?? null,
          ...rest,
        };
      });
      const usable = channels.all.filter(({ id, recordsOnly }) => !recordsOnly && channels.of(id).configured());
      return {
        can_reach_people: usable.some(({ address }) => address.kind === 'email'),
        can_reach_rooms: usable.length > 0,
        channels: await Promise.all(states),
      };
    },

    async testChannel({ channel, address }, caller) {
      const input = { incident_id: TEST_SUBJECT, channel, recipient: address, message: TEST_MESSAGE };
      const answer = await notify(input, caller);
      const data = { channel, recipient: address, status: answer.status, reason: answer.reason };
      const { actor } = caller;
      const fact: NewEvent<NotifyEvent> = { kind: 'channel_tested', subject: channel, actor, data, at: clock.now() };
      await db.transaction((trx) => record(trx, [fact], caller));
      return answer;
    },
  };
}
