import type { Decision } from '../domain';
import type { Configuration } from '../rules/decide';

/** The configuration for one alert. An alert that an incident affected has waited, so it does not wait for another one. */
export const configurationFor = (
  { decision }: Pick<Decision, 'decision'>,
  configuration: Configuration,
): Configuration =>
  (decision ?? []).some((entry) => entry.stage === 'mute' && entry.by === 'upstream')
    ? { ...configuration, graces: undefined }
    : configuration;
