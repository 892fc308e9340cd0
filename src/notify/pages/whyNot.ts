import type { Db } from '../../kernel/db/pool';
import type { Channels } from '../channels/open';
import type { Addressed } from '../domain';
import { type ContactMethod, unusableBecause } from '../methods/method';
import { readPeople } from './plan';

/** Why people and rooms of a preview cannot be reached. */

/** The order in which reasons are shown, if the contact methods of a person have several: what the person can mend first. */
const FIRST_SHOWN = ['unverified', 'disabled', 'stopped', 'invalid_recipient', 'not_configured'] as const;
export const NO_METHOD = 'no_contact_method';

/** Why no contact method of a person is usable. Pure. */
export function whyNoMethod(methods: readonly ContactMethod[], channels: Pick<Channels, 'of'>): string {
  const reasons = new Set(
    methods.map((method) => unusableBecause(method, channels.of(method.channel).refusal(method.address))),
  );
  return FIRST_SHOWN.find((reason) => reasons.has(reason)) ?? NO_METHOD;
}

/** The reasons of the addresses that no attempt can reach, read for all their people at once. */
export async function reasonsOf(
  { db, channels }: { db: Db; channels: Channels },
  addressed: readonly Addressed[],
): Promise<(address: Addressed) => string> {
  const emails = addressed.flatMap(({ reachable, person }) => (reachable ? [] : (person?.email ?? [])));
  const { methods } = await readPeople(db, emails);
  return ({ person, refusal }) =>
    person === null
      ? (refusal ?? 'not_configured')
      : whyNoMethod(methods.get(person.email?.toLowerCase() ?? '') ?? [], channels);
}
