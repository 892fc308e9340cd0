import type { Channel, ChannelSetting } from '../channels/channel';

/**
 * Which value of a setting counts: that of the environment, else the stored one, else the default. A stored value that
 * cannot be used counts as absent, and its problem is shown.
 */

/** The text of each stored setting, by its name; null if it cannot be read, because SECRET_KEY has changed. */
export type StoredSettings = ReadonlyMap<string, string | null>;

export interface Environment {
  /** The parsed values by name, defaults included. */
  values: Readonly<Record<string, unknown>>;
  /** The names that the environment sets. */
  given: ReadonlySet<string>;
}

export interface SettingInForce {
  source: 'environment' | 'stored' | 'default';
  /** As the schema of the setting returns it; undefined without a default. */
  value: unknown;
  /** `lost`: SECRET_KEY has changed. `invalid`: this version, or the channel, cannot use the value. Null without one. */
  problem: 'lost' | 'invalid' | null;
  /** Whether the stored text is a URL, which a user entered. */
  storedUrl: boolean;
}
export type SettingsInForce = ReadonlyMap<string, SettingInForce>;

/** The settings of a channel, by name. */
export function settingsInForce(
  { settings }: Pick<Channel, 'settings'>,
  environment: Environment,
  stored: StoredSettings,
): SettingsInForce {
  return new Map(
    Object.entries(settings).map(([name, setting]) => [name, inForce(name, setting, environment, stored)]),
  );
}

function inForce(
  name: string,
  { schema }: ChannelSetting,
  { values, given }: Environment,
  stored: StoredSettings,
): SettingInForce {
  const standard = { value: schema.safeParse(undefined).data, storedUrl: false };
  if (given.has(name)) return { ...standard, source: 'environment', value: values[name], problem: null };
  const text = stored.get(name);
  if (text === undefined) return { ...standard, source: 'default', problem: null };
  if (text === null) return { ...standard, source: 'stored', problem: 'lost' };
  const parsed = schema.safeParse(text);
  if (!parsed.success) return { ...standard, source: 'stored', problem: 'invalid' };
  return { source: 'stored', value: parsed.data, problem: null, storedUrl: URL.canParse(text) };
}

/** The values alone. */
export const valuesOf = (settings: SettingsInForce): Record<string, unknown> =>
  Object.fromEntries([...settings].map(([name, { value }]) => [name, value]));

/** Whether two results are equal, so that an open channel can stay. */
export const sameSettings = (one: SettingsInForce, other: SettingsInForce): boolean =>
  JSON.stringify([...one]) === JSON.stringify([...other]);
