import type { Caller } from '../../kernel/ports/contract';
import type { ChannelSetting } from '../channels/channel';
import type { OpenChannel } from '../channels/open';
import type { ChannelSummary } from '../contract/channelOperations';
import type { SettingInForce } from './inForce';

type Declared = Pick<
  ChannelSummary,
  'address_kind' | 'address_example' | 'for_people' | 'people' | 'rooms' | 'proof' | 'can' | 'inbound_url' | 'settings'
>;

/** What a channel declares, and its settings as the caller may see them. */
export function declaredOf(open: OpenChannel, publicUrl: string, { role }: Pick<Caller, 'role'>): Declared {
  const { definition, settings } = open;
  const { address, can = {}, id, inbound } = definition;
  const people = address.people ?? address.kind === 'email';
  const seesValues = role === null || role === 'admin';
  return {
    address_kind: address.kind,
    address_example: address.kind === 'device' ? '' : address.example.text,
    for_people: address.kind === 'email',
    people,
    rooms: address.rooms !== false,
    proof: people ? (address.proof ?? 'code') : null,
    can: { answers: can.answers === true, receipts: can.receipts === true, updates: can.updates === true },
    inbound_url: inbound === undefined ? null : `${publicUrl}/api/v1/inbound/${id}`,
    settings: Object.entries(definition.settings).map(([name, declared]) =>
      settingOf(name, declared, settings.get(name) as SettingInForce, seesValues),
    ),
  };
}

function settingOf(
  name: string,
  { means, secret }: ChannelSetting,
  { source, value, problem }: SettingInForce,
  seesValues: boolean,
): ChannelSummary['settings'][number] {
  const set = problem === null && source !== 'default';
  const shown = seesValues && !secret && value !== undefined && value !== null;
  return { name, means, secret: secret === true, source, set, value: shown ? String(value) : null, problem };
}

/** The words for an administrator if stored settings are lost, as the error of the channel; null if none is. */
export const lostWords = (lost: readonly string[]): string | null =>
  lost.length === 0
    ? null
    : `${lost.join(', ')} cannot be read, because SECRET_KEY has changed. Set ${lost.length === 1 ? 'it' : 'them'} again.`;
