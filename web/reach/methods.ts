import type { Ports } from '../ports';
import { reach as words } from '../text/reach';

/** Contact methods as the pages show them. */

export type Method = Awaited<ReturnType<Ports['notify']['contactMethods']>>['contact_methods'][number];
export type Channel = Awaited<ReturnType<Ports['notify']['channels']>>['channels'][number];

/** The channels that a person can add here: configured ones whose addresses are typed. */
export const typedChannels = (channels: readonly Channel[]): Channel[] =>
  channels.filter(({ people, configured, address_kind }) => people && configured && address_kind !== 'device');

/** Whether a person can have an account of this chat that answers; such an account is linked by a message from it. */
export const canLink = ({ people, configured, can, address_kind }: Channel): boolean =>
  people && configured && can.answers && address_kind === 'room';

/** The label and the input of an address, by its kind. */
export function inputOf({ address_kind: kind, address_hint, address_example }: Channel) {
  const { adding } = words;
  if (kind === 'phone') {
    return { label: adding.phone, hint: adding.phoneHint, type: 'tel', autocomplete: 'tel', placeholder: '' } as const;
  }
  const common = { hint: address_hint, placeholder: address_example };
  if (kind === 'email') return { label: adding.email, type: 'email', autocomplete: 'email', ...common } as const;
  return { label: kind === 'account' ? adding.account : adding.address, autocomplete: 'off', ...common } as const;
}

/** Whether pages lose their last way to the person if this method is deleted. */
export const isLastWay = (method: Method, all: readonly Method[]): boolean =>
  method.usable && all.every(({ id, usable }) => id === method.id || !usable);

interface Duty {
  email: string;
}
interface TeamDuty {
  team: string;
  primaries: readonly Duty[];
  secondaries: readonly Duty[];
}

/** The teams that a person is on call for, by name. */
export const dutiesOf = (person: string, teams: readonly TeamDuty[]): string[] =>
  teams
    .filter(({ primaries, secondaries }) =>
      [...primaries, ...secondaries].some(({ email }) => email.toLowerCase() === person.toLowerCase()),
    )
    .map(({ team }) => team);
