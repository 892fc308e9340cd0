import type { Ports } from '../ports';

export type ChannelAnswer = Awaited<ReturnType<Ports['notify']['channels']>>['channels'][number];

/** A channel of the answer of `channels`, by default one that was never used. */
export const channelAnswer = (
  of: Pick<ChannelAnswer, 'channel' | 'title'> & Partial<ChannelAnswer>,
): ChannelAnswer => ({
  configured: true,
  setup: '',
  address_hint: '',
  address_kind: 'room',
  address_example: '',
  for_people: false,
  people: false,
  rooms: true,
  proof: null,
  reaches: true,
  can: { answers: false, receipts: false, updates: false },
  inbound_url: null,
  settings: [],
  state: 'untried',
  since: null,
  last_error: null,
  queued: 0,
  last_sent_at: null,
  last_failed_at: null,
  last_failure: null,
  ...of,
});
