import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM } from '../../kernel/events/events';
import type { Claim, Job } from '../../kernel/jobs/jobs';
import type { Channels } from '../channels/open';
import { recordersOf } from '../domain';
import type { NotifyJob } from '../jobs';
import type { NotifyMetrics } from '../metrics';
import { heldUntil, readPeople } from '../pages/plan';
import { zonesOf } from '../pages/store';
import { type NewNotification, storeNotifications } from '../store/notifications';
import { lockOutcomeJob, misinformedAddresses, type Notified, notifiedAddresses } from '../store/notified';
import { newNotification } from './buildNotification';
import type { OutcomeAsk, TellOutcome } from './outcomeJob';
import { acceptanceEvents, countStored, firstDelivery } from './stored';

/**
 * Notices of acknowledgements and resolutions, and their corrections, to the addresses that were notified before. They are no
 * pages, and phones get none.
 */

export interface OutcomeDeps {
  db: Db;
  clock: Clock;
  channels: Channels;
  metrics: NotifyMetrics;
  poke: () => void;
}

export const CHUNK = 500;

export function outcomes({ db, clock, channels, metrics, poke }: OutcomeDeps): TellOutcome {
  /** Stores a chunk, if its job still exists and no other job stored it; null otherwise. */
  async function store(trx: Db, ask: OutcomeAsk, claim: Claim): Promise<NewNotification[] | null> {
    const { key, incident_id: incidentId, chunk, after, corrects } = ask;
    // A cancel deletes the job and waits for this lock, so that it cancels the notices stored here.
    if (!(await lockOutcomeJob(trx, claim))) return null;
    const except = ask.except.map((email) => email.toLowerCase());
    const wanted = { incidentId, except, after, limit: CHUNK, ...spelling(channels) };
    const addresses = await (corrects === undefined
      ? notifiedAddresses(trx, wanted)
      : misinformedAddresses(trx, { ...wanted, ...corrects }));
    if (addresses.length === 0) return null;
    const now = clock.now();
    const rows = addresses.map((address, to) =>
      newNotification(ask, now, destinationOf(address, to, channels), `${key}:${chunk}`),
    );
    const queued = rows.filter(({ status }) => status === 'queued');
    const jobs = [...(await deliveriesOf(trx, queued, now)), ...nextChunk(ask, addresses)];
    return (await storeNotifications(trx, now, rows, { events: acceptanceEvents(rows, BY_SYSTEM), jobs }))
      ? rows
      : null;
  }

  return async (ask, claim) => {
    const rows = await db.transaction((trx) => store(trx, ask, claim));
    if (rows === null) return;
    countStored(metrics, rows);
    poke();
  };
}

/**
 * The jobs that deliver notices. Quiet hours hold those to their person until they end, also if the page was urgent: a notice wakes
 * no one. A restored channel does not bring a held one forward (`asked`).
 */
async function deliveriesOf(trx: Db, rows: readonly NewNotification[], now: Date): Promise<Job[]> {
  const emails = rows.flatMap(({ audience, person_email }) =>
    audience === 'person' && person_email ? person_email : [],
  );
  const people = await readPeople(trx, emails);
  const zones = await zonesOf(trx, rows[0]?.incident_id ?? '');
  return rows.map((row) => {
    const { kind, payload } = firstDelivery(row);
    const email = row.audience === 'person' ? row.person_email?.toLowerCase() : undefined;
    const until = email === undefined ? null : heldUntil(people, email, zones.get(email) ?? null, 'low', now);
    return until === null ? { kind, payload } : { kind, payload: { ...payload, asked: true }, runAt: until };
  });
}

/** The properties of channels that the list of addresses needs. */
const spelling = ({ all }: Channels) => ({
  without: [...recordersOf(all), ...all.filter(({ address }) => address.kind === 'phone').map(({ id }) => id)],
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
