import type { NewEvent } from '../../kernel/events/events';
import type { Channels } from '../channels/open';
import type { NotifyEvent } from '../contract';
import { shortAddress } from './address';
import type { ContactMethod } from './method';

type MethodEvent = Extract<NotifyEvent, `contact_method_${string}`>;
type Subject = Pick<ContactMethod, 'id' | 'person_email' | 'channel' | 'address' | 'label'>;

/** An event about a contact method. It never holds the whole address, because viewers read events. */
export function methodEvent(
  kind: MethodEvent,
  method: Subject,
  { channels, actor, at, data = {} }: { channels: Channels; actor: string; at: Date; data?: object },
): NewEvent<NotifyEvent> {
  const { id, person_email: person, channel, address, label } = method;
  const short = shortAddress(address, channels.of(channel).definition.address.kind);
  return { kind, subject: id, actor, data: { person, channel, label, address: short, ...data }, at };
}
