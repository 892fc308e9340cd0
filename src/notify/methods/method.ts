import type { ChannelName, METHOD_STATES, UNUSABLE } from '../contract';

/** A contact method: a person's address on a channel. Pure rules of its state. */

export interface ContactMethod {
  id: string;
  person_email: string;
  channel: ChannelName;
  address: string;
  /** Equal for all spellings of one address. */
  address_key: string;
  label: string;
  state: (typeof METHOD_STATES)[number];
  position: number;
  verified_at: Date | null;
  last_delivered_at: Date | null;
  last_answered_at: Date | null;
  last_error: string | null;
  /** Permanent failures in a row. */
  failures: number;
  failing_since: Date | null;
  /** Set while the owner of the address refuses messages. */
  stopped_at: Date | null;
  created_at: Date;
  created_by: string;
}

export type MethodState = Pick<ContactMethod, 'state' | 'failures' | 'failing_since' | 'last_error'>;

/** So many permanent failures in a row disable a method. */
export const FAILURES_TO_DISABLE = 3;

/** Reasons of permanent failures that are no fault of the address. */
const OF_NO_ADDRESS: readonly string[] = [
  ...['not_configured', 'settings_lost', 'unknown_channel'],
  ...['message_too_large', 'internal_error'],
];

/** A message that is retried for so long makes its method failing until a message is accepted, in milliseconds. */
export const FAILING_AFTER_MS = 2 * 60_000;

/**
 * The state after a message failed, or was retried for `FAILING_AFTER_MS`. Only permanent failures of the address itself
 * count towards disabling the method.
 * @param since the first failure
 */
export function afterFailure<S extends MethodState>(
  method: S,
  { reason, permanent, since }: { reason: string; permanent: boolean; since: Date },
): S {
  if (OF_NO_ADDRESS.includes(reason)) return { ...method, last_error: reason };
  if (!permanent) {
    const failing = { ...method, last_error: reason, failing_since: method.failing_since ?? since };
    return method.state === 'verified' ? { ...failing, state: 'failing' } : failing;
  }
  const failures = method.failures + 1;
  const failed = { ...method, failures, last_error: reason, failing_since: method.failing_since ?? since };
  if (method.state === 'unverified' || method.state === 'disabled') return failed;
  return { ...failed, state: failures >= FAILURES_TO_DISABLE ? 'disabled' : 'failing' };
}

/**
 * The state after a message was accepted. A method that was failing works again; one that is disabled only by a successful
 * test, because the message can be older than the wish of its owner.
 */
export function afterSuccess<S extends MethodState & Pick<ContactMethod, 'last_delivered_at' | 'verified_at'>>(
  method: S,
  { at, isTest }: { at: Date; isTest: boolean },
): S {
  const works = method.state === 'failing' || (method.state === 'disabled' && isTest && method.verified_at !== null);
  return {
    ...method,
    ...{ failures: 0, failing_since: null, last_error: null, last_delivered_at: at },
    state: works ? 'verified' : method.state,
  };
}

/** The state if the owner disables or enables a method. One that was never verified stays unverified. */
export const switched = <S extends MethodState & Pick<ContactMethod, 'verified_at'>>(method: S, off: boolean): S => {
  const on = method.verified_at === null ? 'unverified' : 'verified';
  if (off) return { ...method, state: 'disabled' };
  return method.state === 'disabled' ? { ...method, state: on, failures: 0, failing_since: null } : method;
};

/** Why pages do not use a method; null if they do. `refusal` is the reason of its channel, or null. */
export function unusableBecause(
  { state, stopped_at }: Pick<ContactMethod, 'state' | 'stopped_at'>,
  refusal: string | null,
): (typeof UNUSABLE)[number] | null {
  if (state === 'unverified' || state === 'disabled') return state;
  if (stopped_at !== null) return 'stopped';
  if (refusal === null) return null;
  return refusal === 'not_configured' ? 'not_configured' : 'invalid_recipient';
}

/** The state as people see it: an address whose owner refuses messages is failing. */
export const shownState = ({
  state,
  stopped_at,
}: Pick<ContactMethod, 'state' | 'stopped_at'>): ContactMethod['state'] =>
  state === 'verified' && stopped_at !== null ? 'failing' : state;
