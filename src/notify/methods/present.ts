import type { Caller } from '../../kernel/ports/contract';
import type { Channels } from '../channels/open';
import { shortAddress } from './address';
import { type ContactMethod, shownState, unusableBecause } from './method';

/** Whether a caller is the person of an e-mail address. A key is no person. */
export const isSelf = ({ email, kind }: Pick<Caller, 'email' | 'kind'>, person: string): boolean =>
  kind === 'user' && email?.toLowerCase() === person;

/** A contact method in the form of the contract. Only its owner and administrators see the whole address. */
export function methodAnswer(method: ContactMethod, caller: Caller, channels: Channels) {
  const { channel, address } = method;
  const { definition, refusal } = channels.of(channel);
  const because = unusableBecause(method, refusal(address));
  const whole = caller.role === 'admin' || isSelf(caller, method.person_email);
  const iso = (at: Date | null) => at?.toISOString() ?? null;
  return {
    ...{ id: method.id, person: method.person_email, channel, label: method.label, position: method.position },
    address: whole ? address : shortAddress(address, definition.address.kind),
    state: shownState(method),
    proof: definition.address.proof ?? ('code' as const),
    usable: because === null,
    unusable_because: because,
    verified_at: iso(method.verified_at),
    last_delivered_at: iso(method.last_delivered_at),
    last_answered_at: iso(method.last_answered_at),
    last_error: method.last_error,
    on_failure_since: iso(method.failing_since),
    created_at: method.created_at.toISOString(),
    created_by: method.created_by,
  };
}
