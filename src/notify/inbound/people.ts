import type { Db } from '../../kernel/db/pool';
import type { Channels } from '../channels/open';
import type { AnsweringPerson, ChannelName } from '../contract';
import { methodOf, recordAnswered } from '../methods/results';

interface PeopleDeps {
  db: Db;
  channels: Channels;
}

/** The person whose proven contact method is this address; null if it is no one's. */
export async function personAt(
  deps: PeopleDeps,
  channel: ChannelName,
  address: string,
): Promise<AnsweringPerson | null> {
  const method = await methodOf(deps, channel, address);
  return method === null ? null : { name: method.person_email, email: method.person_email, known: true };
}

/** Saves that the owner of an address answered from it. */
export async function markAnswered(deps: PeopleDeps, channel: ChannelName, address: string, at: Date): Promise<void> {
  const method = await methodOf(deps, channel, address);
  if (method !== null) await recordAnswered(deps, method.id, at);
}
