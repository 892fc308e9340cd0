import { SETTINGS } from '../compose';
import { type Config, readConfig } from '../config/config';

/** The configuration that the product makes of these variables. */
export const configOf = (env: Record<string, string | undefined>): Config => readConfig(env, SETTINGS);
