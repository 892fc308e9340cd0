import { SETTINGS } from '../compose';
import { type Config, readConfig } from '../config/config';

/** Reads a configuration from these variables, as the product does. */
export const configOf = (env: Record<string, string | undefined>): Config => readConfig(env, SETTINGS);
