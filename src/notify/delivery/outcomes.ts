import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM } from '../../kernel/events/events';
import type { Channels } from '../channels/open';
import { recordersOf } from '../domain';
import type { NotifyJob } from '../jobs';
import type { NotifyMetrics } from '../metrics';
import { storeNotifications } from '../store/notifications';
import { type Notified, notifiedAddresses } from '../store/notified';
import { newNotification } from './buildNotification';
import type { OutcomeAsk, TellOutcome } from './outcomeJob';
import { countStored, factsOf } from './stored';

/** Notices of how an incident went, to the addresses that were notified of it. They are no pages. */

export interface OutcomeDeps {
  db: Db;
  clock: Clock;
  channels: Channels;
  metrics: NotifyMetrics;
  poke: () => void;
}

export const CHUNK = 500;

export function outcomes({ db, clock, channels, metrics, poke }: OutcomeDeps): TellOutcome {
  return async (ask) => {
    const { key, incident_id: incidentId, chunk, after } = ask;
    const except = ask.except.map((email) => email.toLowerCase());
    const addresses = await notifiedAddresses(db, { incidentId, except, after, limit: CHUNK, ...spelling(channels) });
    if (addresses.length === 0) return;
    const now = clock.now();
    const rows = addresses.map((address, to) =>
      newNotification(ask, now, destinationOf(address, to, channels), `${key}:${chunk}`),
    );
    const queued = rows.filter(({ status }) => status === 'queued');
    const jobs: NotifyJob[] = [
      ...queued.map(({ id }): NotifyJob => ({ kind: 'deliver', payload: { notification_id: id } })),
      ...nextChunk(ask, addresses),
    ];
    if (!(await storeNotifications(db, now, rows, { events: factsOf(rows, BY_SYSTEM), jobs }))) return;
    countStored(metrics, rows);
    poke();
  };
}

/** What the list of addresses must know of the channels. */
const spelling = ({ all }: Channels) => ({
  recorders: recordersOf(all),
  ignoringCase: all.filter(({ address }) => address.ignoresCase).map(({ id }) => id),
});

function nextChunk(ask: OutcomeAsk, addresses: readonly Notified[]): NotifyJob[] {
  const last = addresses.at(-1);
  if (last === undefined || addresses.length < CHUNK) return [];
  const after = { channel: last.channel, address: last.address };
  return [{ kind: 'outcome', payload: { ...ask, chunk: ask.chunk + 1, after } }];
}

const destinationOf = (
  { channel, recipient, audience, person_name: name, person_email: email }: Notified,
  to: number,
  channels: Channels,
) => ({
  channel,
  recipient,
  audience,
  person: name === null ? null : { name, email },
  refusal: channels.of(channel).refusal(recipient),
  recordsOnly: channels.of(channel).definition.recordsOnly ?? false,
  to,
  addressNo: 0,
});
