import type { FormField } from '../live/formFields';
import { textIn } from '../live/forms';
import type { Ports } from '../ports';
import { channelSettings as words } from '../text/channelSettings';

/** The fields of a channel's settings, and what the form says about them. */

export type Setting = Awaited<ReturnType<Ports['notify']['channels']>>['channels'][number]['settings'][number];
/** Values by name; null deletes the stored one. */
export type GivenSettings = Record<string, string | null>;

const LONGEST = 4_000;
const tickOf = (name: string): string => `delete ${name}`;

/** A line for each setting, and a tick to delete a stored secret, which is not shown. */
export const fieldsOf = (settings: readonly Setting[]): FormField[] =>
  settings.flatMap((setting) => [
    lineOf(setting),
    ...(isStoredSecret(setting)
      ? [{ kind: 'tick' as const, name: tickOf(setting.name), label: words.remove(setting.name) }]
      : []),
  ]);

const isStoredSecret = ({ secret, source }: Setting): boolean => secret && source === 'stored';

function lineOf(setting: Setting): FormField {
  const { name, secret, source, value, means } = setting;
  return {
    name,
    label: name,
    hint: [`${means}.`, hintOf(setting)].filter(Boolean).join(' '),
    maxLength: LONGEST,
    spellcheck: false,
    ...(secret
      ? { type: 'password', autocomplete: 'new-password' }
      : { value: source === 'stored' ? (value ?? '') : '', autocomplete: 'off' }),
  };
}

function hintOf(setting: Setting): string {
  if (setting.problem !== null) return words.problem[setting.problem];
  if (isStoredSecret(setting)) return words.keep;
  return setting.source === 'default' && setting.value !== null ? words.standard(setting.value) : '';
}

/** What changed: a typed secret, another value, or one that is deleted. */
export function givenIn(form: FormData, settings: readonly Setting[]): GivenSettings {
  const given: GivenSettings = {};
  for (const { name, secret, source, value } of settings) {
    const text = textIn(form, name);
    const stored = source === 'stored';
    if (secret ? form.has(tickOf(name)) : stored && text === '') given[name] = null;
    else if (text !== '' && (secret || !stored || text !== value)) given[name] = text;
  }
  return given;
}
